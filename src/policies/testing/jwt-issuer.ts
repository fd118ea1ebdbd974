import { type FakeClock, fakeClock } from '../../base/testing.ts'
import type { KeySets } from '../../core/key-sets.ts'
import type { JwkSpec, RemoteKeysSpec } from '../../spec/spec-auth.ts'
import type { FetchAnswer, FetchInit } from '../key-set/key-set-download.ts'
import { createKeySetKeeper } from '../key-set/key-set-keeper.ts'
import type { After } from '../key-set/key-set-timer.ts'

interface FakeTimer {
  readonly at: number
  readonly run: () => void
}

/** Timers of a clock that the test moves with `pass`. */
const fakeTimers = (clock: FakeClock) => {
  const timers = new Set<FakeTimer>()
  const sorted = (): FakeTimer[] => [...timers].sort((a, b) => a.at - b.at)
  const after: After = (ms, run) => {
    const timer = { at: clock.now() + ms, run }
    timers.add(timer)
    return () => void timers.delete(timer)
  }
  return {
    after,
    /** In how many ms each is due, soonest first. */
    due: () => sorted().map(timer => timer.at - clock.now()),
    /** Moves on to the next timer until the time is over, and lets promises settle in between. */
    pass: async (ms: number): Promise<void> => {
      const end = clock.now() + ms
      for (let next = sorted()[0]; next !== undefined && next.at <= end; next = sorted()[0]) {
        clock.advance(next.at - clock.now())
        timers.delete(next)
        next.run()
        await settle()
      }
      clock.advance(end - clock.now())
      await settle()
    },
  }
}

/** Everything that waits for promises only has gone on by then. */
export const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

export const answer = (status: number, ...chunks: (string | Uint8Array)[]): FetchAnswer => ({
  status,
  body: (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk)
  })(),
})

export const setOf = (...keys: JwkSpec[]): FetchAnswer => answer(200, JSON.stringify({ keys }))

export interface FakeIssuer {
  readonly keeper: KeySets & { close(): void }
  readonly clock: FakeClock
  readonly asked: { readonly url: string; readonly init: FetchInit }[]
  readonly logged: string[]
  /** By the result label. */
  readonly counted: Record<string, number>
  readonly due: () => readonly number[]
  respond: (url: string) => FetchAnswer | Promise<FetchAnswer>
  pass(ms: number): Promise<void>
}

/** A keeper that asks an issuer played by the test; jitter is in the middle. */
export const fakeIssuer = (respond: FakeIssuer['respond']): FakeIssuer => {
  const clock = fakeClock()
  const timers = fakeTimers(clock)
  const asked: FakeIssuer['asked'] = []
  const logged: string[] = []
  const counted: Record<string, number> = {}
  const line = (level: string) => (message: string, fields?: object) =>
    void logged.push(`${level} ${message} ${JSON.stringify(fields)}`)
  const issuer: FakeIssuer = {
    clock,
    asked,
    logged,
    counted,
    due: timers.due,
    respond,
    pass: timers.pass,
    keeper: createKeySetKeeper({
      clock,
      log: { info: line('info'), warn: line('warn'), error: line('error') },
      meter: {
        counter: (name, labels = {}) => ({
          add: n => {
            const key = `${name} ${labels['source']} ${labels['result']}`
            counted[key] = (counted[key] ?? 0) + n
          },
        }),
        gauge: () => ({ add() {}, total: () => 0 }),
        histogram: () => ({ observe() {} }),
      },
      after: timers.after,
      random: () => 0.5,
      fetch: async (url, init) => {
        asked.push({ url, init })
        return issuer.respond(url)
      },
    }),
  }
  return issuer
}

export const remote = (given: Partial<RemoteKeysSpec> = {}): RemoteKeysSpec => ({
  url: 'https://id.example.com/jwks.json',
  discover: false,
  allowHttp: false,
  refreshMs: 600_000,
  timeoutMs: 5_000,
  ...given,
})

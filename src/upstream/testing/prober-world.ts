import { fakeClock } from '../../base/testing.ts'
import type { RosterTarget } from '../../core/fleet.ts'
import type { HealthSpec } from '../../spec/spec-resilience.ts'
import { endpointSpec } from '../../spec/testing.ts'
import { Cells, moment, TARGET } from '../cells.ts'
import type { Done, Failure, Probed } from '../health/probe.ts'
import { createProber, type ProbedService } from '../health/prober.ts'

export const HEALTH: HealthSpec = {
  probe: { kind: 'tcp' },
  port: 0,
  intervalMs: 5000,
  jitter: 0,
  timeoutMs: 1000,
  healthyAfter: 2,
  unhealthyAfter: 3,
}

/** Timers that the test moves. */
export const fakeTimers = (clock: ReturnType<typeof fakeClock>) => {
  const pending = new Set<{ at: number; run: () => void }>()
  const next = () => [...pending].sort((a, b) => a.at - b.at)[0]
  return {
    pending,
    after(ms: number, run: () => void) {
      const timer = { at: clock.now() + ms, run }
      pending.add(timer)
      return () => void pending.delete(timer)
    },
    pass(ms: number): void {
      const end = clock.now() + ms
      for (let timer = next(); timer !== undefined && timer.at <= end; timer = next()) {
        pending.delete(timer)
        clock.advance(timer.at - clock.now())
        timer.run()
      }
      clock.advance(end - clock.now())
    },
  }
}

export interface Asked {
  readonly url: string
  readonly at: number
  readonly done: Done
  readonly probed: Probed
  givenUp: boolean
}

/** Probes answer at once as `answers` says; `hang` keeps them waiting. */
export const proberWorld = (random: () => number = () => 0) => {
  const clock = fakeClock()
  const timers = fakeTimers(clock)
  const answers = new Map<string, Failure | 'hang' | 'throw'>()
  const asked: Asked[] = []
  const log: string[] = []
  const counted: string[] = []
  const say = (level: string) => (message: string, fields?: object) =>
    void log.push(`${level} ${message} ${JSON.stringify(fields)}`)
  const prober = createProber({
    clock,
    now: () => moment(clock.now()),
    timers,
    random,
    log: { info: say('info'), warn: say('warn'), error: say('error') },
    onProbe: (service, target, ok) => void counted.push(`${service} ${target} ${ok}`),
    probe(probed, done) {
      const { url } = probed.endpoint
      const ask: Asked = { url, at: clock.now(), done, probed, givenUp: false }
      asked.push(ask)
      const answer = answers.get(url) ?? null
      if (answer === 'throw') throw new Error('secret')
      const cancel = answer === 'hang' ? () => {} : timers.after(0, () => done(answer))
      return () => {
        ask.givenUp = true
        cancel()
      }
    },
  })
  return { clock, timers, answers, asked, log, counted, prober, pass: timers.pass }
}

export const targets = (...names: readonly string[]): RosterTarget[] =>
  names.map((name, slot) => ({ endpoint: endpointSpec(name), slot }))
export const probedService = (given: Partial<ProbedService> = {}): ProbedService => ({
  name: 'orders',
  health: HEALTH,
  cells: new Cells(Cells.create(1, 8)),
  targets: targets('a', 'b'),
  ...given,
})
export const isUnhealthy = ({ cells }: ProbedService, slot: number): boolean =>
  cells.words[cells.target(slot) + TARGET.unhealthy] === 1

import type { Log } from '../../core/ports.ts'
import type { EndpointSpec } from '../../spec/spec.ts'
import type { DiscoverSpec } from '../../spec/spec-resilience.ts'
import { type Discovery, type DiscoveryWorld, discover } from '../discovery/discover.ts'
import type { DnsClient, FoundAddress, SrvRecord } from '../discovery/dns-client.ts'

/** Timers and a log that the test reads. */
export interface FakeSurroundings {
  readonly after: (ms: number, run: () => void) => () => void
  readonly log: Log
  /** `warn message {"fields":1}` */
  readonly logged: string[]
  /** When timers are due, ms from now. */
  due(): number[]
  /** Moves time on, in order of due times; what waits on promises gets its turn after each. */
  pass(ms: number): Promise<void>
}

export const fakeSurroundings = (): FakeSurroundings => {
  let now = 0
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()
  const logged: string[] = []
  const note =
    (level: string) =>
    (message: string, fields: object = {}): void =>
      void logged.push(`${level} ${message} ${JSON.stringify(fields)}`)
  return {
    after: (ms, run) => {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    log: { info: note('info'), warn: note('warn'), error: note('error') },
    logged,
    due: () => [...timers].map(({ at }) => at - now).sort((a, b) => a - b),
    pass: async ms => {
      const end = now + ms
      for (;;) {
        await settle()
        const next = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        now = next.at
        timers.delete(next)
        next.run()
      }
      now = end
      await settle()
    },
  }
}

/** Lets every promise that can go on do so. */
export const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** Answers by question, `A orders.example`; a text is the code of an error; what is missing is not found. */
export interface FakeAnswers {
  readonly [question: string]: readonly FoundAddress[] | readonly SrvRecord[] | string | Promise<never>
}

export const fail = (code: string): Error => Object.assign(new Error(`query failed: ${code}`), { code })

/** Name servers that answer at once. */
export const fakeClient = (answers: () => FakeAnswers, asked: string[] = []): DnsClient => {
  const answer = async (question: string): Promise<readonly unknown[]> => {
    asked.push(question)
    const given = await (answers()[question] ?? 'ENOTFOUND')
    if (typeof given === 'string') throw fail(given)
    return given
  }
  const addresses = (type: string) => async (name: string) => (await answer(`${type} ${name}`)) as FoundAddress[]
  return {
    v4: addresses('A'),
    v6: addresses('AAAA'),
    srv: async name => (await answer(`SRV ${name}`)) as SrvRecord[],
    lookup: addresses('lookup'),
    cancel: () => void asked.push('cancel'),
  }
}

export const NO_FILES: DiscoveryWorld['files'] = {
  read: () => Promise.reject(new Error('there are no files here')),
  watch: () => () => {},
}

type ByName = Extract<DiscoverSpec, { kind: 'dns' | 'srv' }>

export const byName = (given: Partial<ByName> = {}): ByName => ({
  kind: 'dns',
  url: 'http://orders.example:8080',
  tls: false,
  host: 'orders.example',
  port: 8080,
  authority: 'orders.example:8080',
  basePath: '',
  servers: [],
  minMs: 5000,
  maxMs: 300_000,
  ...given,
})

/** A discovery, and the lists it told, each as `url weight priority` a target. */
export interface Watched extends FakeSurroundings, Discovery {
  readonly told: string[][]
  readonly lists: (readonly EndpointSpec[])[]
}

export const watch = (spec: DiscoverSpec, given: Partial<DiscoveryWorld> = {}): Watched => {
  const surroundings = fakeSurroundings()
  const told: string[][] = []
  const lists: (readonly EndpointSpec[])[] = []
  const world = { ...surroundings, random: () => 0, files: NO_FILES, ...given }
  const discovery = discover(spec, world, endpoints => {
    lists.push(endpoints)
    told.push(endpoints.map(({ url, weight, priority }) => `${url} ${weight} ${priority}`))
  })
  return { ...surroundings, ...discovery, told, lists }
}

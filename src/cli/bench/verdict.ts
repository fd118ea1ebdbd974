import { showMs, showPart, showRate } from './figures.ts'

/** What was seen while the rate was past the bend, and of the way without the gateway. */
export interface Evidence {
  readonly rate: number
  /** Why it is past the bend. */
  readonly bends: string
  /** Of one core for each of its workers, 0 to 1; undefined: it could not be measured. */
  readonly gatewayCpu: number | undefined
  readonly workers: number
  /** Of one core; undefined: it is not ours to measure. */
  readonly serviceCpu: number | undefined
  /** Of one core: the generator has one thread. */
  readonly generatorCpu: number
  /** 99th percentile of how late the generator came to what it was to send, ms. */
  readonly generatorLateMs: number
  /** Of all cores. */
  readonly machineBusy: number
  readonly cores: number
  /** Requests in flight at once, and most that there could be. */
  readonly peak: number
  readonly connections: number
  /** The most the way without the gateway held, and where it bent; undefined: it was not measured. */
  readonly direct: { readonly held: number; readonly bentAt: number | undefined } | undefined
}

export type Culprit = 'gateway' | 'service' | 'generator' | 'machine' | 'connections' | 'unclear'

export interface Verdict {
  readonly who: Culprit
  /** A sentence on who it was. */
  readonly says: string
  /** What speaks for it, and what was seen besides. */
  readonly because: readonly string[]
}

/** A thread that waits for its turn on a shared machine never shows all of its core. */
const BUSY = 0.85
/** With more than that, others had to wait for a core. */
const FULL = 0.95
/** A generator this late measures itself; a timer of 1 ms would be, in each of its requests. */
const LATE_MS = 5
/** The way without the gateway must hold so much more before it is out of the question. */
const CLEARLY_MORE = 1.2

/**
 * Who was the bottleneck. The order is that of doubt: first what would make the measurement worthless, then what the
 * gateway could not be blamed for, the gateway only with evidence.
 */
export const verdictOf = (e: Evidence): Verdict => {
  const because = [...cpuLines(e), directLine(e)]
  const found = FINDINGS.find(({ applies }) => applies(e))
  return found === undefined ? { who: 'unclear', says: UNCLEAR, because } : { ...found.verdict(e), because }
}

const UNCLEAR = 'nobody can be named: none of the threads measured was busy'

interface Finding {
  applies(e: Evidence): boolean
  verdict(e: Evidence): Pick<Verdict, 'who' | 'says'>
}

const gatewayBusy = ({ gatewayCpu }: Evidence): boolean => (gatewayCpu ?? 0) >= BUSY
const serviceBusy = ({ serviceCpu }: Evidence): boolean => (serviceCpu ?? 0) >= BUSY
const generatorBusy = ({ generatorCpu }: Evidence): boolean => generatorCpu >= BUSY
const keptNoSchedule = ({ generatorLateMs }: Evidence): boolean => generatorLateMs > LATE_MS
const directBent = ({ direct, rate }: Evidence): boolean =>
  direct?.bentAt !== undefined && direct.bentAt < rate * CLEARLY_MORE
const machineFull = ({ machineBusy }: Evidence): boolean => machineBusy >= FULL

const FINDINGS: readonly Finding[] = [
  {
    applies: e => generatorBusy(e) || (keptNoSchedule(e) && !gatewayBusy(e) && !machineFull(e)),
    verdict: ({ generatorLateMs }) => ({
      who: 'generator',
      says: `the load generator could not keep its schedule (late by ${showMs(generatorLateMs)} at p99): the gateway can do more than this shows`,
    }),
  },
  {
    applies: e => machineFull(e) && !gatewayBusy(e),
    verdict: ({ cores, machineBusy }) => ({
      who: 'machine',
      says: `all ${cores} cores were busy (${showPart(machineBusy)}) before the gateway was: generator, service and others share them with it`,
    }),
  },
  {
    applies: e => !gatewayBusy(e) && (serviceBusy(e) || directBent(e)),
    verdict: ({ direct }) => ({
      who: 'service',
      says:
        direct?.bentAt === undefined
          ? 'the service had no CPU left'
          : `the service: without the gateway it bends at ${showRate(direct.bentAt)}, too`,
    }),
  },
  {
    applies: e => !gatewayBusy(e) && e.peak >= e.connections,
    verdict: ({ connections }) => ({
      who: 'connections',
      says: `all ${connections} connections were in use: more of them (--connections) would tell whether anybody else is at the end`,
    }),
  },
  {
    applies: gatewayBusy,
    verdict: e => ({ who: 'gateway', says: `the gateway: ${ofWorkers(e)}${gatewayDoubt(e)}` }),
  },
]

const ofWorkers = ({ workers, gatewayCpu }: Evidence): string =>
  `its ${workers === 1 ? 'worker had' : `${workers} workers had`} no CPU left (${showPart(gatewayCpu ?? 0)} of ${workers === 1 ? 'a core' : `${workers} cores`})`

/** What keeps it from being the whole truth. */
const gatewayDoubt = (e: Evidence): string => {
  if (serviceBusy(e)) return '; the service was at its end, too'
  if (directBent(e)) return `; without it, ${showRate(e.direct?.bentAt ?? 0)} bends as well: near that, it is both`
  if (machineFull(e)) return '; all cores were busy, so with a machine of its own it would do more'
  return ''
}

const cpuLines = (e: Evidence): readonly string[] => {
  const gateway =
    e.gatewayCpu === undefined
      ? 'CPU of the gateway not known'
      : `gateway ${showPart(e.gatewayCpu * e.workers)} of a core`
  const service = e.serviceCpu === undefined ? 'service not known' : `stub services ${showPart(e.serviceCpu)}`
  const generator = `generator ${showPart(e.generatorCpu)}, late by ${showMs(e.generatorLateMs)} at p99`
  return [
    `at ${showRate(e.rate)}: ${gateway}, ${service}, ${generator}; machine ${showPart(e.machineBusy)} of ${e.cores} cores`,
  ]
}

const directLine = ({ direct }: Evidence): string => {
  if (direct === undefined) return 'there is no way without the gateway to compare with'
  if (direct.bentAt === undefined) return `without the gateway ${showRate(direct.held)} are held, and it does not bend`
  return direct.held === 0
    ? `without the gateway it bends at ${showRate(direct.bentAt)}`
    : `without the gateway ${showRate(direct.held)} are held, it bends at ${showRate(direct.bentAt)}`
}

import type { RosterTarget } from '../../core/fleet.ts'
import type { EndpointSpec } from '../../spec/spec.ts'
import type { HealthSpec } from '../../spec/spec-resilience.ts'
import type { Cells } from '../cells.ts'
import type { CheckWorld, LastProbe, Subject } from './check-world.ts'
import { probeTarget } from './probe-target.ts'
import { TargetCheck } from './target-check.ts'
import { createTurns } from './turns.ts'

/** Probes under way at once, of all services. */
const MOST_AT_ONCE = 64
/** Of them of one service: its targets may all hang. */
const MOST_OF_SERVICE = 32

export type ProberWorld = Pick<CheckWorld, 'clock' | 'now' | 'timers' | 'random' | 'log'> &
  Partial<Pick<CheckWorld, 'probe' | 'onProbe'>>

/** A service whose targets are to be probed. */
export interface ProbedService {
  readonly name: string
  readonly health: HealthSpec
  readonly cells: Cells
  readonly targets: readonly RosterTarget[]
}

export interface TargetHealth {
  /** Its URL. */
  readonly target: string
  readonly slot: number
  readonly healthy: boolean
  /** Null before the first probe ended. */
  readonly last: LastProbe | null
}

/** Probes the targets of all services, for all workers. */
export interface Prober {
  /** All that is to be probed from now on. Targets that stay keep their history, whatever becomes of the others. */
  apply(services: readonly ProbedService[]): void
  /** Empty when the service is not probed. */
  state(service: string): readonly TargetHealth[]
  /** Stops everything. What was found out stays in the cells, as requests may still be under way. */
  close(): void
}

export const createProber = (world: ProberWorld): Prober => {
  const checks = new Map<string, TargetCheck>()
  const turns = createTurns(MOST_AT_ONCE, MOST_OF_SERVICE)
  const all: CheckWorld = { probe: probeTarget, onProbe: () => {}, ...world, turns }
  let byService: ReadonlyMap<string, readonly TargetCheck[]> = new Map()
  let closed = false
  const change = (subjects: ReadonlyMap<string, Subject>): void => {
    // First those that go: somebody else may have their place.
    for (const [key, check] of checks) {
      if (subjects.has(key)) continue
      check.forget()
      checks.delete(key)
    }
    for (const [key, subject] of subjects) {
      const check = checks.get(key)
      if (check === undefined) checks.set(key, new TargetCheck(all, subject))
      else check.update(subject)
    }
    byService = Map.groupBy(checks.values(), ({ subject }) => subject.service)
  }
  return {
    apply(services) {
      if (!closed) turns.hold(() => change(subjectsOf(services)))
    },
    state: service => (byService.get(service) ?? []).map(healthOf),
    close() {
      closed = true
      turns.hold(() => {
        for (const check of checks.values()) check.stop()
      })
      checks.clear()
      byService = new Map()
    },
  }
}

const subjectsOf = (services: readonly ProbedService[]): ReadonlyMap<string, Subject> => {
  const subjects = new Map<string, Subject>()
  for (const { name: service, health, cells, targets } of services) {
    for (const { endpoint, slot } of targets) {
      let key = keyOf(service, endpoint)
      // The same target written twice has two places.
      while (subjects.has(key)) key += '+'
      subjects.set(key, { service, health, cells, endpoint, slot })
    }
  }
  return subjects
}

/** What makes it another target: neither its place nor its weight. */
const keyOf = (service: string, { url, tls, host, port, address, authority }: EndpointSpec): string =>
  JSON.stringify([service, url, tls, host, port, address, authority])

const healthOf = ({ subject, tally, last }: TargetCheck): TargetHealth => ({
  target: subject.endpoint.url,
  slot: subject.slot,
  healthy: tally.healthy,
  last,
})

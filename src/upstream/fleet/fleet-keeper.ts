import type { Roster } from '../../core/fleet.ts'
import type { EndpointSpec, ServiceSpec } from '../../spec/spec.ts'
import type { DiscoverSpec } from '../../spec/spec-resilience.ts'
import { type Cells, moment } from '../cells.ts'
import { createDiscoveries, type StartDiscovery } from './discoveries.ts'
import { type Change, type FleetService, type KeptService, relist, respec, sourceOf } from './kept-service.ts'
import { drainTarget, type Force, forceOn } from './operate-fleet.ts'
import { createOperatorDrains } from './operator-drains.ts'
import { createOperatorForces } from './operator-forces.ts'
import { avoidGone, takeEffect } from './take-effect.ts'

export interface FleetKeeperOptions {
  readonly workers: number
  /** Milliseconds of the clock that all threads share (store/shared-time.ts). */
  readonly sharedNow: () => number
  readonly discover: StartDiscovery
  /** The targets of a committed service have changed: workers are to be told. */
  readonly onRoster: (roster: Roster) => void
}

/** What is ready to be served; exactly one of the two ends it. */
export interface PreparedFleet {
  readonly rosters: readonly Roster[]
  /** To be called before any worker serves it. */
  commit(): void
  abort(): void
}

/** The main thread's side of all services: their targets, and the memory that all workers share about them. */
export interface FleetKeeper {
  /**
   * Lists for these services; a discovery that is new is given two seconds for its first answer. Nothing that is served
   * changes before `commit`, and lists that are served do not change either until it is decided. Calls must not overlap.
   */
  prepare(services: readonly ServiceSpec[]): Promise<PreparedFleet>
  /** As committed, with the latest targets: also for a worker that starts anew. */
  current(): readonly FleetService[]
  cellsOf(service: string): Cells | undefined
  /** False: there is no such service or target, or no such breaker. `target`: its URL. Remembered while it is away, up to a day. */
  force(service: string, target: string | undefined, state: Force): boolean
  /** False: there is no such service or target. Remembered over reloads, also while the target is not in the list. */
  drain(service: string, target: string, on: boolean): boolean
  /** Whether an operator wants it so. */
  isDrained(service: string, target: string): boolean
  /** A worker died: what it had under way is not under way any more. */
  clearWorker(worker: number): void
  close(): void
}

export const createFleetKeeper = (options: FleetKeeperOptions): FleetKeeper => {
  const { workers, sharedNow, discover, onRoster } = options
  const drains = createOperatorDrains()
  const forces = createOperatorForces()
  let committed: ReadonlyMap<string, KeptService> = new Map()
  let state: 'open' | 'preparing' | 'prepared' | 'closed' = 'open'
  let lists = 0

  const take = (change: Change): void => {
    const { spec, seats } = change.after
    const { name } = spec
    const now = sharedNow()
    forces.look(name, url => seats.taken.has(url), now)
    takeEffect(
      change,
      url => drains.has(name, url),
      url => forces.get(name, url),
      moment(now),
    )
  }

  /** Brings what is served up to date with what was found. */
  const follow = (): void => {
    if (state === 'prepared' || state === 'closed') return
    for (const before of committed.values()) {
      const { spec, roster } = before
      const found = spec.discover === undefined ? before.endpoints : discoveries.latest(spec.discover)
      if (found === before.endpoints || found.length === 0) continue
      const name = { id: roster.id, version: roster.version + 1 }
      const change = relist(before, spec, found, name, workers, sharedNow())
      take(change)
      avoidGone(change)
      committed = new Map(committed).set(spec.name, change.after)
      onRoster(change.after.roster)
    }
  }
  const discoveries = createDiscoveries(discover, follow)

  /** Name servers that cannot be reached while only the manner of asking them changes must not cost all targets. */
  const foundOrKnown = (discover: DiscoverSpec, before: KeptService | undefined): readonly EndpointSpec[] => {
    const found = discoveries.latest(discover)
    if (found.length > 0 || before === undefined || !namesSame(before.spec.discover, discover)) return found
    return before.endpoints
  }

  const changeTo = (spec: ServiceSpec): Change => {
    const before = committed.get(spec.name)
    if (before?.source === sourceOf(spec)) return respec(before, spec)
    const endpoints = spec.discover === undefined ? spec.endpoints : foundOrKnown(spec.discover, before)
    return relist(before, spec, endpoints, { id: ++lists, version: 1 }, workers, sharedNow())
  }

  /** All or, when memory is short, none: then what is served is followed on. */
  const changesTo = (services: readonly ServiceSpec[]): readonly Change[] => {
    try {
      return services.map(changeTo)
    } catch (error) {
      decide()
      throw error
    }
  }

  /** Whether it was not closed meanwhile. */
  const mayGoOn = (): boolean => state !== 'closed'

  const decide = (): void => {
    if (!mayGoOn()) return
    discoveries.keepOnly(discoveredBy([...committed.values()].map(({ spec }) => spec)))
    state = 'open'
    follow()
  }

  const commit = (changes: readonly Change[]): void => {
    for (const change of changes) take(change)
    committed = new Map(changes.map(({ after }) => [after.spec.name, after]))
    drains.keepOnly(new Set(committed.keys()))
    forces.keepOnly(new Set(committed.keys()))
    decide()
  }

  return {
    prepare: async services => {
      if (state !== 'open') throw new Error('the targets are being prepared already, or the gateway is stopping')
      state = 'preparing'
      await discoveries.ensure(discoveredBy(services))
      if (!mayGoOn()) throw new Error('the gateway is stopping')
      state = 'prepared'
      const changes = changesTo(services)
      let open = true
      const once = (end: () => void) => (): void => {
        if (open) end()
        open = false
      }
      return {
        rosters: changes.map(({ after }) => after.roster),
        commit: once(() => commit(changes)),
        abort: once(decide),
      }
    },
    current: () => [...committed.values()],
    cellsOf: service => committed.get(service)?.cells,
    force: (service, target, to) => {
      if (!forceOn(committed.get(service), target, to)) return false
      if (target !== undefined) forces.set(service, target, to)
      return true
    },
    drain: (service, target, on) => {
      if (!drainTarget(committed.get(service), target, on)) return false
      drains.set(service, target, on)
      return true
    },
    isDrained: drains.has,
    clearWorker: worker => {
      for (const { cells } of committed.values()) cells.clearWorker(worker)
    },
    close: () => {
      state = 'closed'
      discoveries.keepOnly([])
    },
  }
}

/** Whether both look for the same targets, however they ask. */
const namesSame = (a: DiscoverSpec | undefined, b: DiscoverSpec): boolean =>
  a !== undefined && a.kind !== 'file' && b.kind === a.kind && b.url === a.url

const discoveredBy = (services: readonly ServiceSpec[]): readonly DiscoverSpec[] =>
  services.flatMap(({ discover }) => discover ?? [])

import type { Roster } from '../../core/fleet.ts'
import type { EndpointSpec, ServiceSpec } from '../../spec/spec.ts'
import type { BreakerSpec, DiscoverSpec } from '../../spec/spec-resilience.ts'
import { endpointSpec, serviceSpec } from '../../spec/testing.ts'
import { createFleetKeeper, type FleetKeeper } from '../fleet/fleet-keeper.ts'
import { byName } from './discovery-world.ts'

/** A discovery that the test plays by hand. */
export interface PlayedDiscovery {
  readonly host: string
  stopped: boolean
  find(...names: string[]): void
  /** Ends the wait for the first answer. */
  answer(): void
}

export interface FleetWorld {
  readonly keeper: FleetKeeper
  readonly rosters: Roster[]
  /** In the order they were started. */
  readonly discoveries: PlayedDiscovery[]
  now: number
  /** Prepares and commits. */
  commit(...services: ServiceSpec[]): Promise<readonly Roster[]>
}

export const fleetWorld = (workers = 2): FleetWorld => {
  const rosters: Roster[] = []
  const discoveries: PlayedDiscovery[] = []
  const discover = (spec: DiscoverSpec, onTargets: (endpoints: readonly EndpointSpec[]) => void) => {
    const { promise: ready, resolve } = Promise.withResolvers<void>()
    const played: PlayedDiscovery = {
      host: spec.host,
      stopped: false,
      find: (...names) => onTargets(listOf(names)),
      answer: resolve,
    }
    discoveries.push(played)
    return {
      ready,
      stop: () => {
        played.stopped = true
        resolve()
      },
    }
  }
  const world: FleetWorld = {
    keeper: createFleetKeeper({
      workers,
      sharedNow: () => world.now,
      discover,
      onRoster: roster => void rosters.push(roster),
    }),
    rosters,
    discoveries,
    now: 1_000_000,
    commit: async (...services) => {
      const preparing = world.keeper.prepare(services)
      for (const each of discoveries) each.answer()
      const prepared = await preparing
      prepared.commit()
      return prepared.rosters
    },
  }
  return world
}

const listOf = (names: readonly string[]): readonly EndpointSpec[] => names.map(name => endpointSpec(name))

/** Of the targets named. */
export const written = (name: string, targets: readonly string[], given: Partial<ServiceSpec> = {}): ServiceSpec =>
  serviceSpec(name, { endpoints: listOf(targets), ...given })

/** Of targets that are found under a name. */
export const found = (name: string, host: string, given: Partial<ServiceSpec> = {}): ServiceSpec =>
  serviceSpec(name, { discover: byName({ host, url: `http://${host}` }), ...given })

/** `name@slot`, a target each. */
export const seatsIn = ({ targets }: Roster): string[] =>
  targets.map(({ endpoint, slot }) => `${endpoint.authority}@${slot}`)

export const BREAKER: BreakerSpec = {
  failureRate: 0.5,
  slowRate: 0,
  slowMs: 0,
  consecutiveFailures: 0,
  minRequests: 20,
  windowMs: 10_000,
  openMs: 5000,
  halfOpenRequests: 3,
  rampMs: 0,
}

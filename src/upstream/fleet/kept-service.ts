import type { Roster } from '../../core/fleet.ts'
import type { EndpointSpec, ServiceSpec } from '../../spec/spec.ts'
import { Cells } from '../cells.ts'
import { capacityFor, MOST_SLOTS, suffices } from './capacity.ts'
import { noSeats, reseat, type Seats } from './seats.ts'

/** A service with its targets and the memory about them; never changed, only replaced. */
export interface FleetService {
  readonly spec: ServiceSpec
  readonly roster: Roster
  readonly cells: Cells
}

export interface KeptService extends FleetService {
  readonly seats: Seats
  /** What the roster was made of, and where that is from. */
  readonly endpoints: readonly EndpointSpec[]
  readonly source: string
}

/** What becomes of a service, while nothing has been done to it yet. */
export interface Change {
  readonly before: KeptService | undefined
  readonly after: KeptService
  /** Targets whose slot is new to them. */
  readonly fresh: readonly string[]
  /** Slots without a target now. */
  readonly gone: readonly number[]
}

/** Two specs with the same source have the same list of targets at any time. */
export const sourceOf = ({ discover, endpoints }: ServiceSpec): string => JSON.stringify(discover ?? endpoints)

/** The same targets in other circumstances. */
export const respec = (before: KeptService, spec: ServiceSpec): Change => ({
  before,
  after: { ...before, spec },
  fresh: [],
  gone: [],
})

/** What names a list of targets, see Roster. */
export interface ListName {
  readonly id: number
  readonly version: number
}

/** Other targets. Those that stay keep their slots; the memory is made larger if they do not all have room. `now`: ms. */
export const relist = (
  before: KeptService | undefined,
  spec: ServiceSpec,
  endpoints: readonly EndpointSpec[],
  name: ListName,
  workers: number,
  now: number,
): Change => {
  const targets = uniqueByUrl(endpoints)
  const { cells, old } = room(before, targets.length, spec.discover !== undefined, workers)
  const { seats, fresh, gone } = reseat(
    old,
    targets.map(({ url }) => url),
    now,
  )
  const roster: Roster = {
    service: spec.name,
    ...name,
    cells: cells.words.buffer,
    targets: targets.map(endpoint => ({ endpoint, slot: seats.taken.get(endpoint.url)! })),
  }
  return { before, after: { spec, roster, cells, seats, endpoints, source: sourceOf(spec) }, fresh, gone }
}

/** The first of those with the same URL: a slot belongs to one target. */
const uniqueByUrl = (endpoints: readonly EndpointSpec[]): readonly EndpointSpec[] => {
  const seen = new Set<string>()
  return endpoints.filter(({ url }) => !seen.has(url) && seen.add(url))
}

interface Room {
  readonly cells: Cells
  readonly old: Seats
}

/** In the memory there is, which may have to grow: at once, as that changes nothing for those who know of less. */
const room = (before: KeptService | undefined, targets: number, discovered: boolean, workers: number): Room => {
  if (before !== undefined && suffices(before.seats.capacity, targets, discovered)) {
    return { cells: before.cells, old: before.seats }
  }
  const capacity = capacityFor(targets, discovered)
  if (before === undefined) {
    return { cells: new Cells(Cells.create(workers, capacity, MOST_SLOTS)), old: noSeats(capacity) }
  }
  const cells = before.cells.grown(capacity)
  return { cells, old: { ...before.seats, capacity: cells.capacity } }
}

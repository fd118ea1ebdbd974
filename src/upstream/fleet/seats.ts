/**
 * Which slot of a service's cells belongs to which target (by URL); never changed, only replaced. A target keeps its
 * slot for as long as it is in the list, and finds it again when it comes back soon: name servers that answer with a few
 * of many addresses at a time make targets come and go.
 */
export interface Seats {
  readonly capacity: number
  readonly taken: ReadonlyMap<string, number>
  /** Of targets that left, the one that left first first. */
  readonly left: ReadonlyMap<string, LeftSeat>
}

export interface LeftSeat {
  readonly slot: number
  /** When, ms. */
  readonly at: number
}

/** How the seats of a list came about. */
export interface Seating {
  readonly seats: Seats
  /** Targets whose slot held nothing, another target, or one that was away for too long to be the same. */
  readonly fresh: readonly string[]
  /** Slots of targets that were in the list before and are not in this one, unless another target has them now. */
  readonly gone: readonly number[]
}

/** One that comes back later begins anew, in its old slot if no other has that: what is under way is counted there. */
export const COMES_BACK_MS = 60_000

export const noSeats = (capacity: number): Seats => ({ capacity, taken: new Map(), left: new Map() })

/** Seats for the targets `urls`, each there once, and no more than the capacity. `now`: ms, any clock. */
export const reseat = (before: Seats, urls: readonly string[], now: number): Seating => {
  const { capacity } = before
  const listed = new Set(urls)
  const left = new Map(before.left)
  const taken = new Map<string, number>()
  const strangers = new Set<string>()
  for (const [url, slot] of before.taken) {
    if (listed.has(url)) taken.set(url, slot)
    else left.set(url, { slot, at: now })
  }

  for (const url of urls) {
    const seat = taken.has(url) ? undefined : left.get(url)
    if (seat === undefined) continue
    taken.set(url, seat.slot)
    left.delete(url)
    if (now - seat.at >= COMES_BACK_MS) strangers.add(url)
  }
  const fresh = urls.filter(url => !taken.has(url) || strangers.has(url))
  const free = freeSlots(capacity, taken, left)
  for (const url of fresh) if (!taken.has(url)) taken.set(url, nextFree(free, left))
  const inUse = new Set(taken.values())
  const gone = [...before.taken.values()].filter(slot => !inUse.has(slot))
  return { seats: { capacity, taken, left }, fresh, gone }
}

/** Those that nobody ever had. */
const freeSlots = (capacity: number, taken: Seats['taken'], left: Seats['left']): Iterator<number, undefined> => {
  const used = new Set([...taken.values(), ...[...left.values()].map(({ slot }) => slot)])
  return Array.from({ length: capacity }, (_, slot) => slot)
    .filter(slot => !used.has(slot))
    .values()
}

/** One nobody ever had, or the one that was left longest ago. */
const nextFree = (free: Iterator<number, undefined>, left: Map<string, LeftSeat>): number => {
  const { value } = free.next()
  if (value !== undefined) return value
  const [oldest] = left
  if (oldest === undefined) throw new Error('there are more targets than slots')
  left.delete(oldest[0])
  return oldest[1].slot
}

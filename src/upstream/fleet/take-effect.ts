import { forceBreaker } from '../breaker/operate.ts'
import { type Cells, TARGET } from '../cells.ts'
import { release } from '../outliers/eject.ts'
import type { Change, KeptService } from './kept-service.ts'
import type { Force } from './operate-fleet.ts'

/** Writes down in shared memory what a change means; workers do not know the new targets yet. `now`: a moment. */
export const takeEffect = (
  { before, after, fresh, gone }: Change,
  isDrained: (url: string) => boolean,
  forced: (url: string) => Force | undefined,
  now: number,
): void => {
  const { cells, seats } = after
  const isNew = new Set(fresh)
  // Nobody would readmit them, and they would count among the ejected for ever.
  for (const slot of gone) release(cells, slot, now)
  const isFirstList = before === undefined || before.endpoints.length === 0
  for (const [url, slot] of seats.taken) {
    const at = cells.target(slot)
    if (isNew.has(url)) startAnew(cells, slot, forced(url))
    if (isNew.has(url) && !isFirstList) Atomics.store(cells.words, at + TARGET.upSince, now)
    Atomics.store(cells.words, at + TARGET.draining, isDrained(url) ? 1 : 0)
  }
  cells.changed()
}

/** Nothing is known of the target but what an operator wants. */
const startAnew = (cells: Cells, slot: number, forced: Force | undefined): void => {
  cells.resetTarget(slot)
  if (forced !== undefined && forced !== 'auto') forceBreaker(cells.targetBreaker(slot), forced)
}

/**
 * Nobody is to pick the targets that left, until all workers know. Where no target would be left for those who do not
 * know yet, the ones that left are better than none.
 */
export const avoidGone = ({ before, after, gone }: Change): void => {
  if (before === undefined || !anyStays(before, after)) return
  const { cells } = after
  for (const slot of gone) Atomics.store(cells.words, cells.target(slot) + TARGET.draining, 1)
  cells.changed()
}

const anyStays = (before: KeptService, { cells, seats }: KeptService): boolean => {
  for (const [url, slot] of before.seats.taken) if (seats.taken.has(url) && isWell(cells, slot)) return true
  return false
}

const isWell = (cells: Cells, slot: number): boolean =>
  [TARGET.unhealthy, TARGET.ejected, TARGET.draining].every(
    word => Atomics.load(cells.words, cells.target(slot) + word) === 0,
  )

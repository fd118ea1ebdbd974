import type { OutliersSpec } from '../../spec/spec-resilience.ts'
import { type Cells, HEAD, isLater, momentAfter, TARGET } from '../cells.ts'
import type { Reason } from './reason.ts'

type EjectSpec = Pick<OutliersSpec, 'ejectMs' | 'maxEjectMs' | 'maxEjected'>

/** How many of `targets` may be ejected at once: never all of them, and one always where there are several. */
export const mostEjected = (share: number, targets: number): number => {
  if (targets < 2) return 0
  // 0.29 × 100 is a little less than 29.
  return Math.min(targets - 1, Math.max(1, Math.floor(share * targets + 1e-9)))
}

/**
 * Ejects unless too many are already; says whether it did. Any thread, at any time.
 *
 * First a place among the ejected is taken, then the target, so that HEAD.ejected is never less than there are. The
 * time stands before the target counts as ejected, as others readmit it by that, and it is taken by compare-and-swap:
 * a thread that fell asleep here must not shorten an ejection that came after.
 */
export const eject = (
  spec: EjectSpec,
  cells: Cells,
  slot: number,
  targets: number,
  reason: Reason,
  now: number,
): boolean => {
  const { words } = cells
  const at = cells.target(slot)
  const until = Atomics.load(words, at + TARGET.ejectedUntil)
  if (Atomics.load(words, at + TARGET.ejected) !== 0) return false
  if (!takePlace(words, mostEjected(spec.maxEjected, targets))) return false
  const times = Atomics.load(words, at + TARGET.ejections) + 1
  const next = momentAfter(now, Math.min(spec.ejectMs * times, spec.maxEjectMs))
  if (
    Atomics.compareExchange(words, at + TARGET.ejectedUntil, until, next) !== until ||
    Atomics.compareExchange(words, at + TARGET.ejected, 0, 1) !== 0
  ) {
    Atomics.sub(words, HEAD.ejected, 1)
    return false
  }
  Atomics.store(words, at + TARGET.reason, reason)
  // What is at its longest grows no more, else it would take for ever to shrink (Envoy does the same).
  if (spec.ejectMs * times < spec.maxEjectMs) Atomics.add(words, at + TARGET.ejections, 1)
  Atomics.add(words, at + TARGET.ejectionsEver, 1)
  cells.changed()
  return true
}

/** Ends an ejection whose time is over; says whether it did. Any thread may; one of them will have done it. */
export const readmit = (cells: Cells, slot: number, now: number): boolean => {
  const at = cells.target(slot)
  if (Atomics.load(cells.words, at + TARGET.ejected) === 0) return false
  if (isLater(Atomics.load(cells.words, at + TARGET.ejectedUntil), now)) return false
  return release(cells, slot, now)
}

/**
 * The same for every slot: who still serves an older list may eject a target that has left it, which nobody would readmit
 * later, and which would take a place among the ejected for ever.
 */
export const readmitAll = (cells: Cells, now: number): void => {
  for (let slot = 0; slot < cells.capacity; slot++) readmit(cells, slot, now)
}

/** Ends an ejection early, e.g. because a health check succeeded; says whether there was one. */
export const release = (cells: Cells, slot: number, now: number): boolean => {
  const { words } = cells
  const at = cells.target(slot)
  const until = Atomics.load(words, at + TARGET.ejectedUntil)
  if (Atomics.compareExchange(words, at + TARGET.ejected, 1, 0) !== 1) return false
  Atomics.sub(words, HEAD.ejected, 1)
  // When it ended, see `lookOver`; not if somebody is ejecting it again.
  if (isLater(until, now)) Atomics.compareExchange(words, at + TARGET.ejectedUntil, until, now)
  Atomics.store(words, at + TARGET.errors, 0)
  Atomics.store(words, at + TARGET.localErrors, 0)
  Atomics.store(words, at + TARGET.upSince, now)
  cells.changed()
  return true
}

/**
 * Gives back places among the ejected that a thread took and, since it died, never used. To be called by one thread again
 * and again, with what it returned last: a place that is unused now may be about to be used, one that was unused the
 * last time as well is lost.
 */
export const reclaimPlaces = (cells: Cells, unusedBefore: number): number => {
  const { words } = cells
  let unused = Atomics.load(words, HEAD.ejected)
  for (let slot = 0; slot < cells.capacity; slot++) unused -= Atomics.load(words, cells.target(slot) + TARGET.ejected)
  const lost = Math.max(0, Math.min(unused, unusedBefore))
  if (lost > 0) Atomics.sub(words, HEAD.ejected, lost)
  return unused - lost
}

const takePlace = (words: Int32Array, most: number): boolean => {
  for (;;) {
    const ejected = Atomics.load(words, HEAD.ejected)
    if (ejected >= most) return false
    if (Atomics.compareExchange(words, HEAD.ejected, ejected, ejected + 1) === ejected) return true
  }
}

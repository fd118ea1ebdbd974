import { elapsed } from './elapsed.ts'

/**
 * How a breaker stands in shared memory: two words, changed as one.
 *
 *     since      the moment the phase began, which names it: no two phases begin at the same one
 *     state      2 bits kind; half-open: 15 bits probes that have a place, 15 bits of these good ones;
 *                closed: the permit it gives, so that one word is enough to let a request in
 *
 * All zero is closed, since ever.
 */

/** The same number as PASS. */
export const CLOSED = 0
export const OPEN = 1
export const HALF_OPEN = 2
/** Closed, and traffic comes back gradually. */
export const RAMPING = 3

const PROBE_BITS = 15
const PROBES_MASK = 2 ** PROBE_BITS - 1
const TAKEN_SHIFT = 2
const GOOD_SHIFT = TAKEN_SHIFT + PROBE_BITS

export const MOST_PROBES = PROBES_MASK

export type Kind = typeof CLOSED | typeof OPEN | typeof HALF_OPEN | typeof RAMPING

export const kindOf = (state: number): number => state & 3
export const takenOf = (state: number): number => (state >>> TAKEN_SHIFT) & PROBES_MASK
export const goodOf = (state: number): number => state >>> GOOD_SHIFT
export const halfOpen = (taken: number, good: number): number =>
  HALF_OPEN | (taken << TAKEN_SHIFT) | (good << GOOD_SHIFT)

/**
 * A permit says what it is for and in which phase it was given, by 29 bits of the moment that began: a request would
 * have to be under way for 62 days to be taken for one of another phase.
 */
export const PASS = 0
export const PROBE = 1
/** Given while an operator forces the breaker closed: nothing is learnt from it. */
const FREE = 2

const PHASE_MASK = 2 ** 29 - 1

/**
 * When the phase after one that began at `since` begins: now, or a little later if that one began now, or if its permits
 * would look like those of the first phase of all.
 */
export const nextSince = (since: number, now: number): number => {
  const next = since === 0 || elapsed(since, now) > 0 ? now : since + 1
  return (next & PHASE_MASK) === 0 ? (next + 1) | 0 : next | 0
}

/** Instead of a permit: somebody was faster, look again. */
export const AGAIN = -2

export const permitOf = (since: number, kind: typeof PASS | typeof PROBE): number => ((since & PHASE_MASK) << 2) | kind
export const FREE_PERMIT = FREE
export const isProbe = (permit: number): boolean => (permit & 3) === PROBE
export const isOfPhase = (permit: number, since: number): boolean =>
  permit >>> 2 === (since & PHASE_MASK) && (permit & 3) !== FREE

/** The state when a phase begins; half-open ones begin with a probe. */
export const stateOf = (kind: Kind, since: number): number => {
  if (kind === CLOSED) return permitOf(since, PASS)
  return kind === HALF_OPEN ? halfOpen(1, 0) : kind
}

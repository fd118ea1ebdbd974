/**
 * How far a thread's clock may be behind another's, in hundredths of a second: a day. It stands still while the thread
 * is at work or is kept from it, be it by a debugger.
 */
const BEHIND = 8_640_000

/**
 * From `since` to `now`, two moments of cells.ts, in hundredths of a second; negative when `since` is ahead. Right for
 * 496 days, twice what a difference with a sign could tell: what nobody asked about for the better part of a year has
 * grown old, not young.
 */
export const elapsed = (since: number, now: number): number => ((now - since + BEHIND) >>> 0) - BEHIND

/** Hundredths of a second, at least one, rounded up. */
export const hundredths = (ms: number): number => Math.max(1, Math.ceil(ms / 10))

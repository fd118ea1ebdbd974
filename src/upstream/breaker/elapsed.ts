/** How far ahead of a thread's clock another's may be, in hundredths of a second: a clock stands still during a turn. */
const AHEAD = 6000

/**
 * From `since` to `now`, two moments of cells.ts, in hundredths of a second; negative when `since` is a little ahead.
 * Right for spans of up to 497 days, twice what a difference with a sign could tell: what nobody asked about for the
 * better part of a year has grown old, not young.
 */
export const elapsed = (since: number, now: number): number => ((now - since + AHEAD) >>> 0) - AHEAD

/** Hundredths of a second, at least one, rounded up. */
export const hundredths = (ms: number): number => Math.max(1, Math.ceil(ms / 10))

import type { Clock } from '../../core/ports.ts'

const BURST = 3
const EACH_MS = 10_000

/** How often strangers can have a set fetched: three times at once, then once in ten seconds. */
export const refreshAllowance = (clock: Clock): (() => boolean) => {
  let left = BURST
  let filledAt = clock.now()
  return () => {
    const gained = Math.floor((clock.now() - filledAt) / EACH_MS)
    left = Math.min(BURST, left + gained)
    filledAt = left === BURST ? clock.now() : filledAt + gained * EACH_MS
    if (left === 0) return false
    left--
    return true
  }
}

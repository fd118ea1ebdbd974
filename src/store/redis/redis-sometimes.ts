import type { Clock } from '../../core/ports.ts'

/** What strangers can cause again and again is said at most once in so many ms. */
export const sometimes = (clock: Clock, betweenMs: number): ((say: () => void) => void) => {
  let last = Number.NEGATIVE_INFINITY
  return say => {
    if (clock.now() - last < betweenMs) return
    last = clock.now()
    say()
  }
}

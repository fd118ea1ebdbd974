/** How long `reply` may take when a slow branch has used up the deadline. */
const LEAST_MS = 100

/** The time that one `reply` has, its writing included. */
export interface Budget {
  leftMs(): number
  /** What is said when it is used up. */
  overrun(): Error
  /** Throws that where it is: code that does not give the thread back lets no timer fire. */
  check(): void
}

/** `truly`: ms, moving on while code runs. */
export const budgetUntil = (endsAt: number, truly: () => number): Budget => {
  const startedAt = truly()
  const budgetMs = Math.max(endsAt - startedAt, LEAST_MS)
  const leftMs = (): number => Math.max(0, startedAt + budgetMs - truly())
  const overrun = (): Error => new Error(`it took longer than the ${Math.round(budgetMs)} ms it had`)
  return {
    leftMs,
    overrun,
    check: () => {
      if (truly() > startedAt + budgetMs) throw overrun()
    },
  }
}

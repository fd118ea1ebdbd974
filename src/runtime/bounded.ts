import type { Call } from '../core/policy.ts'

/** A call with the route's bound for the whole request; 0: none. Whoever waits within looks at the deadline. */
export const bounded = (totalMs: number, call: Call): Call => {
  if (totalMs === 0) return call
  return x => {
    const endsAt = x.startedAt + totalMs
    if (x.deadlineAt === 0 || endsAt < x.deadlineAt) x.deadlineAt = endsAt
    return call(x)
  }
}

import type { LimitOutcome, LimitVerdict } from '../../core/limits.ts'

/** Null when it is not what the script answers. */
export const limitOutcome = (reply: unknown, asks: number): LimitOutcome | null => {
  if (!Array.isArray(reply) || reply.length !== 4 * asks || !reply.every(Number.isSafeInteger)) return null
  const verdicts: LimitVerdict[] = []
  let allowed = true
  for (let at = 0; at < reply.length; at += 4) {
    const verdict = verdictOf(reply[at], reply[at + 1], reply[at + 2], reply[at + 3])
    allowed &&= verdict.allowed
    verdicts.push(verdict)
  }
  return { allowed, verdicts }
}

const verdictOf = (admitted: number, remaining: number, resetUs: number, retryUs: number): LimitVerdict => ({
  allowed: admitted === 1,
  remaining,
  resetMs: resetUs / 1_000,
  retryMs: retryUs < 0 ? Number.POSITIVE_INFINITY : retryUs / 1_000,
})

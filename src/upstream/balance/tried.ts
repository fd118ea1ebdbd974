import type { Member } from '../member.ts'
import type { Candidate } from '../picker.ts'

/** The first candidate, from index `start` on and round, that is not in `tried`; null when all are. */
export const untriedFrom = (
  candidates: readonly Candidate[],
  tried: readonly Member[],
  start: number,
): Member | null => {
  for (let i = 0, at = start; i < candidates.length; i++) {
    const { member } = candidates[at]!
    if (!tried.includes(member)) return member
    if (++at === candidates.length) at = 0
  }
  return null
}

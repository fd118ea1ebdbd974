import type { OutliersSpec } from '../../spec/spec-resilience.ts'
import { REASON, type Reason } from './reason.ts'

/** What one target did within the interval. */
export interface TargetRate {
  readonly slot: number
  readonly total: number
  readonly failed: number
}

export interface Verdict {
  readonly slot: number
  readonly reason: Reason
}

type JudgeSpec = Pick<OutliersSpec, 'failureRate' | 'deviation' | 'minRequests' | 'minTargets'>

/**
 * Who is to be ejected by rates, the worst first, since not all may be. By Envoy's rules: at least so large a share of
 * failures; or a success rate below mean − factor × standard deviation, of all and not of a sample, over those with
 * enough requests when there are enough of them.
 */
export const judge = (spec: JudgeSpec, rates: readonly TargetRate[]): readonly Verdict[] => {
  const judged = rates.filter(({ total }) => total > 0 && total >= spec.minRequests)
  const least = leastSuccess(spec, judged)
  const verdicts: (Verdict & { readonly share: number })[] = []
  for (const { slot, total, failed } of judged) {
    const share = failed / total
    const reason = spec.failureRate > 0 && share >= spec.failureRate ? REASON.failureRate : REASON.deviation
    // All alike must not differ by rounding.
    if (reason === REASON.failureRate || 1 - share < least - 1e-9) verdicts.push({ slot, reason, share })
  }
  return verdicts.sort((a, b) => b.share - a.share)
}

/** −Infinity: targets are not compared. */
const leastSuccess = (spec: JudgeSpec, rates: readonly TargetRate[]): number => {
  if (spec.deviation === 0 || rates.length < spec.minTargets) return Number.NEGATIVE_INFINITY
  const successes = rates.map(({ total, failed }) => 1 - failed / total)
  const mean = meanOf(successes)
  const deviation = Math.sqrt(meanOf(successes.map(rate => (rate - mean) ** 2)))
  return mean - spec.deviation * deviation
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

import type { RetrySpec } from '../../spec/spec-resilience.ts'

/**
 * The pause before the `nth` retry (from 1), ms: by chance between `least` and a bound that doubles each time, up to
 * `most`. Chance over the whole span, so that clients that failed together do not come back together.
 */
export const backoffMs = ({ least, most }: RetrySpec['backoffMs'], nth: number, random: number): number => {
  const bound = Math.min(most, Math.max(1, least) * 2 ** nth)
  return least + random * Math.max(0, bound - least)
}

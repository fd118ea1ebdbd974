import type { BranchSpec } from '../spec/spec-aggregate.ts'

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Of a branch whose request is nobody else's. */
export const ALONE = -1

/**
 * Branches whose requests may turn out to be the same have the same number: they ask the same service in the same way.
 * Whether they are the same is known when their templates are filled in. Only where nothing is to happen there (RFC 9110
 * §9.2.1): who writes two orders that are alike wants two.
 */
export const twinsOf = (branches: readonly BranchSpec[]): readonly number[] => {
  const ways = branches.map(({ service, method, retry }) => JSON.stringify([service, method, retry ?? null]))
  return ways.map((way, i) =>
    SAFE.has(branches[i]!.method) && ways.indexOf(way) !== ways.lastIndexOf(way) ? ways.indexOf(way) : ALONE,
  )
}

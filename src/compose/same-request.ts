import type { BranchSpec } from '../spec/spec-aggregate.ts'

/** Of a branch whose request is nobody else's. */
export const ALONE = -1

/**
 * Branches whose requests may turn out to be the same have the same number: they ask the same service in the same way.
 * Whether they are the same is known when their templates are filled in.
 */
export const twinsOf = (branches: readonly BranchSpec[]): readonly number[] => {
  const ways = branches.map(({ service, method, retry }) => JSON.stringify([service, method, retry ?? null]))
  return ways.map(way => (ways.indexOf(way) === ways.lastIndexOf(way) ? ALONE : ways.indexOf(way)))
}

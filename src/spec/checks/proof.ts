import { type AuthRefDraft, authRule } from '../auth-rule.ts'
import type { PlacedRoute } from '../placed-route.ts'
import type { Path } from '../problem.ts'
import { type Report, valueAt } from '../source.ts'
import type { AuthRuleSpec } from '../spec-policies.ts'
import { type ConfigDraft, written } from './draft.ts'

/** What can be known about who a request of a route comes from. */
export interface Proof {
  /** Nobody needs to prove anything. */
  readonly open: boolean
  /** Names of the ways it is accepted in. */
  readonly ways: readonly string[]
  /** Some way in use gives claims, an API key, a consumer. */
  readonly claims: boolean
  readonly apiKey: boolean
  readonly consumer: boolean
}

/** Undefined for a route whose `auth` is wrong: that was reported, and nothing follows from it. */
export type ProofOf = (placed: PlacedRoute) => Proof | undefined

export const proofs = (report: Report, draft: ConfigDraft): ProofOf => {
  const ways = Object.keys(draft.auth ?? {})
  const has = (name: string, ...keys: string[]): boolean =>
    valueAt(report.source.document, ['auth', name, ...keys]) !== undefined
  const defaults = refAt(report, ['defaults'], draft.defaults?.auth)
  return ({ path, own, scopes }) => {
    const around = scopes.map(scope => refAt(report, scope.path, scope.draft.auth))
    const refs = [refAt(report, path, own.auth), ...around, defaults]
    if (refs.find(ref => ref !== undefined) === 'wrong') return undefined
    const rule = authRule(
      refs.map(ref => (ref === 'wrong' ? undefined : ref)),
      ways,
    )
    return rule.ways.every(name => ways.includes(name)) ? proofOf(rule, has) : undefined
  }
}

const refAt = (report: Report, path: Path, ref: AuthRefDraft | undefined): AuthRefDraft | 'wrong' | undefined =>
  ref === undefined && written(report, path, ['auth']).length > 0 ? 'wrong' : ref

const proofOf = ({ need, ways }: AuthRuleSpec, has: (name: string, ...keys: string[]) => boolean): Proof => {
  const apiKey = ways.some(name => has(name, 'apiKey'))
  return {
    open: need === 'none',
    ways,
    claims: ways.some(name => has(name, 'jwt')),
    apiKey,
    consumer: apiKey || ways.some(name => has(name, 'jwt', 'consumerClaim')),
  }
}

/** What to do about a route on which nobody proves anything. */
export const openHint = (report: Report): string =>
  Object.keys(valueAt(report.source.document, ['auth']) ?? {}).length > 0
    ? 'set "auth" on the route or in "defaults"'
    : 'add a way of proving it to "auth", and name it in "auth" of the route or of "defaults"'

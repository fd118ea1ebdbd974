import { Fault } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import { claimAt } from '../../core/claim-at.ts'
import type { Identity } from '../../core/identity.ts'
import type { Policy } from '../../core/policy.ts'
import { preflightMethod } from '../../core/preflight.ts'
import { faultReply } from '../../core/reply.ts'
import type { AccessSpec, LabelsRuleSpec } from '../../spec/spec-policies.ts'
import { quoted } from '../jwt/jwt-challenge.ts'
import type { Way } from '../way.ts'
import { missingCredential } from './auth-verdict.ts'

/**
 * Who of those who proved who they are may pass; all conditions must hold. `ways`: those of the route's `auth`, for the
 * challenges to a request that came as nobody. `passPreflights`: to a service that answers them by itself.
 *
 * Decisions are not remembered: a look into a set takes less time than one into a memory of decisions.
 */
export const accessPolicy = (access: AccessSpec, ways: readonly Way[], passPreflights: boolean): Policy => {
  const rules = compileRules(access)
  const nobody = ways.length === 0 ? new Fault('FORBIDDEN', 'this is for known callers only') : missingCredential(ways)
  return {
    name: 'access',
    gate: x => {
      const { identity } = x
      if (identity === null) return passPreflights && preflightMethod(x) !== null ? undefined : faultReply(nobody)
      for (const rule of rules) if (!rule.admits(identity)) return faultReply(rule.refusal)
      return undefined
    },
  }
}

interface Rule {
  admits(identity: Identity): boolean
  /** Says what kind of thing is missing; whoever asks learns nothing about others. */
  readonly refusal: Fault
}

const compileRules = ({ roles, scopes, consumers, claims }: AccessSpec): readonly Rule[] => [
  ...(consumers.length === 0 ? [] : [consumersRule(consumers)]),
  ...(roles === undefined ? [] : [rolesRule(roles)]),
  ...(scopes === undefined ? [] : [scopesRule(scopes)]),
  ...claims.map(claimRule),
]

const forbidden = (detail: string, headers: Fault['headers'] = []): Fault => new Fault('FORBIDDEN', detail, headers)

const consumersRule = (names: readonly string[]): Rule => {
  const allowed = new Set(names)
  return { admits: ({ consumer }) => allowed.has(consumer), refusal: forbidden('this is not for this consumer') }
}

const rolesRule = (rule: LabelsRuleSpec): Rule => {
  const holds = compileLabels(rule)
  return { admits: ({ roles }) => holds(roles), refusal: forbidden('a role that this needs is missing') }
}

/** Which scopes to ask the issuer for is told to the client: they are no secret of anybody (RFC 6750 §3.1). */
const scopesRule = (rule: LabelsRuleSpec): Rule => {
  const holds = compileLabels(rule)
  const challenge = `Bearer error="insufficient_scope", scope=${quoted(rule.values.join(' '))}`
  return {
    admits: ({ scopes }) => holds(scopes),
    refusal: forbidden('a scope that this needs is missing', [['www-authenticate', challenge]]),
  }
}

const compileLabels = ({ need, values }: LabelsRuleSpec): ((labels: ReadonlySet<string>) => boolean) => {
  const [only] = values
  if (values.length === 1 && only !== undefined) return labels => labels.has(only)
  return need === 'any'
    ? labels => values.some(value => labels.has(value))
    : labels => values.every(value => labels.has(value))
}

const claimRule = ({ claim, values }: AccessSpec['claims'][number]): Rule => {
  // A set compares types too: the number 42 is not the text "42".
  const accepted: ReadonlySet<unknown> = new Set(values)
  const fits = (value: Json | undefined): boolean =>
    Array.isArray(value) ? value.some(item => accepted.has(item)) : accepted.has(value)
  return {
    admits: ({ claims }) => claims !== null && fits(claimAt(claims, claim)),
    refusal: forbidden('a claim that this needs is missing or has another value'),
  }
}

import { Fault } from '../../base/errors.ts'
import type { Identity } from '../../core/identity.ts'
import type { AuthRuleSpec } from '../../spec/spec-policies.ts'
import { isRejection, type Rejection, type Way } from '../way.ts'
import { mergeIdentities } from './merge-identities.ts'

/** What one way said of a request. */
export type Outcome = Identity | Rejection | null

/** What all of them come to: who it is, why it is refused, or null: nobody, which is allowed here. */
export type Verdict = Identity | Fault | null

export interface Judge {
  /** Whether the ways that were not asked yet cannot change the verdict. */
  isDecided(outcome: Outcome): boolean
  /** `outcomes`: of the ways in order, up to the one that decided. */
  judge(outcomes: readonly Outcome[]): Verdict
}

export const compileJudge = (rule: AuthRuleSpec, ways: readonly Way[]): Judge => {
  const nobody = rule.optional ? null : missingCredential(ways)
  return rule.need === 'all' ? judgeAll(ways, nobody) : judgeAny(ways, nobody)
}

/** One that accepts is enough. While one cannot tell, a credential that the others refuse may be good. */
const judgeAny = (ways: readonly Way[], nobody: Fault | null): Judge => ({
  isDecided: isIdentity,
  judge: outcomes => {
    const last = outcomes.at(-1) ?? null
    if (isIdentity(last)) return last
    if (!outcomes.some(isRejection)) return nobody
    return outcomes.find(isUnavailable) ? unavailable(outcomes) : invalidCredential(ways, outcomes)
  },
})

/** Each must accept; the first that refuses decides. A credential that only some have is one that is missing. */
const judgeAll = (ways: readonly Way[], nobody: Fault | null): Judge => {
  const missing = missingCredential(ways)
  return {
    isDecided: isInvalid,
    judge: outcomes => {
      if (outcomes.some(isInvalid)) return invalidCredential(ways, outcomes)
      if (outcomes.includes(null)) return outcomes.every(outcome => outcome === null) ? nobody : missing
      if (outcomes.some(isRejection)) return unavailable(outcomes)
      const [first, ...rest] = outcomes.filter(isIdentity)
      return first === undefined ? missing : mergeIdentities([first, ...rest])
    },
  }
}

export const isIdentity = (outcome: Outcome): outcome is Identity => outcome !== null && !isRejection(outcome)

const isUnavailable = (outcome: Outcome): outcome is Rejection =>
  isRejection(outcome) && outcome.error === 'unavailable'

export const isInvalid = (outcome: Outcome): outcome is Rejection => isRejection(outcome) && !isUnavailable(outcome)

/** 401 for a request that shows no credential, with a challenge of each way (RFC 9110 §15.5.2). */
export const missingCredential = (ways: readonly Way[]): Fault =>
  new Fault('MISSING_CREDENTIAL', 'this needs a credential', challenges(ways, []))

/**
 * 401 for a bad credential. RFC 6750 §3.1 would have 400 where it is malformed; `error` tells the two apart, and the
 * client has to come with another credential in any case.
 */
const invalidCredential = (ways: readonly Way[], outcomes: readonly Outcome[]): Fault =>
  new Fault('INVALID_CREDENTIAL', outcomes.find(isInvalid)?.detail, challenges(ways, outcomes))

/** 503: nobody can say now whether the credential is good. */
const unavailable = (outcomes: readonly Outcome[]): Fault =>
  new Fault('AUTH_UNAVAILABLE', outcomes.find(isUnavailable)?.detail, [['retry-after', '1']])

/** A field for each way, but none twice: two issuers of bearer tokens may have the same to say. */
const challenges = (ways: readonly Way[], outcomes: readonly Outcome[]): Fault['headers'] => {
  const values = ways.map((way, i) => {
    const outcome = outcomes[i] ?? null
    return way.challenge(isRejection(outcome) ? outcome : null)
  })
  return [...new Set(values)].map(value => ['www-authenticate', value] as const)
}

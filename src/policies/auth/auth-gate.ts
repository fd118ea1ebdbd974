import { Fault } from '../../base/errors.ts'
import { HeaderEdits } from '../../base/headers.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { Identity } from '../../core/identity.ts'
import type { Maybe } from '../../core/maybe.ts'
import type { Policy } from '../../core/policy.ts'
import type { Meter } from '../../core/ports.ts'
import { preflightMethod } from '../../core/preflight.ts'
import { faultReply, Reply } from '../../core/reply.ts'
import type { AuthRuleSpec } from '../../spec/spec-policies.ts'
import type { Way } from '../way.ts'
import { authMeter } from './auth-meter.ts'
import { compileStrip, stripUnproved } from './auth-strip.ts'
import { compileJudge, isIdentity, type Outcome } from './auth-verdict.ts'

/**
 * Asks who a request comes from, as a route's `auth` says; `ways` are those it names, in its order. Undefined where it
 * needs nobody to prove anything.
 *
 * Of the credentials that the route's ways would take, only those that were proved and are to be forwarded reach the
 * service.
 *
 * `passPreflights`: the service answers them by itself.
 */
export const authPolicy = (
  rule: AuthRuleSpec,
  ways: readonly Way[],
  meter: Meter,
  passPreflights: boolean,
): Policy | undefined => {
  const [first] = ways
  if (rule.need === 'none' || first === undefined) return undefined
  const acceptsFirst = rule.need === 'any' || ways.length === 1
  const { isDecided, judge } = compileJudge(rule, ways)
  const counts = authMeter(meter, ways)
  const strip = compileStrip(ways, rule.optional)
  const stripAll = stripUnproved(ways)

  /** Asks one way after the other until it is decided; goes on later where one has to wait. */
  const walk = (x: Exchange, outcomes: Outcome[], answer: Maybe<Outcome>): Maybe<Reply | undefined> => {
    let next = answer
    for (;;) {
      if (isLater(next)) return walkLater(x, outcomes, next)
      counts.count(outcomes.length, next)
      outcomes.push(next)
      const way = ways[outcomes.length]
      if (way === undefined || isDecided(next)) return conclude(x, outcomes)
      next = way.check(x)
    }
  }

  const walkLater = async (x: Exchange, outcomes: Outcome[], answer: PromiseLike<Outcome>) => {
    const outcome = await answer
    // If the client left meanwhile, its head may hold another request by now: nothing of it may be read.
    return x.cancelled === null ? walk(x, outcomes, outcome) : undefined
  }

  const conclude = (x: Exchange, outcomes: readonly Outcome[]): Reply | undefined => {
    const verdict = judge(outcomes)
    if (verdict instanceof Fault) return faultReply(verdict)
    strip?.(x, outcomes.map(isIdentity))
    return verdict === null ? undefined : identify(x, verdict)
  }

  /**
   * Browsers send preflights without credentials, so none is asked for. But many services do not look at the method,
   * and would do for everybody what only some may ask for: they see a preflight only where they are said to answer it.
   * What a client that is no browser puts in was not looked at, so the service does not see that either.
   */
  const preflight = (x: Exchange): Reply | undefined => {
    if (!passPreflights && !rule.optional) return new Reply(204)
    stripAll(x, NONE)
    return undefined
  }

  return {
    name: 'auth',
    gate: x => {
      if (preflightMethod(x) !== null) return preflight(x)
      const answer = first.check(x)
      if (!acceptsFirst || isLater(answer) || !isIdentity(answer)) return walk(x, [], answer)
      // Nearly every request: the first way knows the credential. No list, no verdict.
      counts.ok(0)
      strip?.(x, FIRST)
      return identify(x, answer)
    },
  }
}

/** Which way accepted. */
const FIRST = [true]
const NONE: readonly boolean[] = []

const isLater = (answer: Maybe<Outcome>): answer is PromiseLike<Outcome> => answer !== null && 'then' in answer

/** Tells the service who it is. What the client itself sent under these names is dropped on every route. */
const identify = (x: Exchange, identity: Identity): undefined => {
  x.identity = identity
  if (identity.headers === null) return
  x.requestEdits ??= new HeaderEdits()
  x.requestEdits.apply(identity.headers)
}

import { Fault } from '../../base/errors.ts'
import type { RateAsk } from './limit-notes.ts'

/** RFC 9457 problem types that draft-ietf-httpapi-ratelimit-headers registers. */
const PROBLEMS = 'https://iana.org/assignments/http-problem-types#'

/** Why a request is refused by these, of which at least one refused, or by a store that did not answer. */
export const rateRefusal = (asks: readonly RateAsk[]): Fault => {
  const violated = asks.filter(ask => ask.verdict?.allowed === false)
  if (violated.length === 0) return unchecked(asks)
  const seconds = Math.max(...violated.map(retrySeconds))
  const never = violated.find(ask => ask.verdict?.retryMs === Number.POSITIVE_INFINITY)
  const detail = never
    ? `the request costs more than limit ${never.plan.name} ever gives`
    : `limit ${names(violated).join(', ')} is used up; come back in ${seconds} s`
  return refusal('quota-exceeded', detail, seconds, names(violated))
}

export const concurrencyRefusal = (name: string): Fault =>
  refusal('quota-exceeded', `limit ${name} is used up: too many requests are in flight; come back in 1 s`, 1, [name])

const unchecked = (asks: readonly RateAsk[]): Fault =>
  refusal('temporary-reduced-capacity', 'limits cannot be checked now', 1, names(asks))

const names = (asks: readonly RateAsk[]): string[] => asks.map(ask => ask.plan.name)

const refusal = (type: string, detail: string, seconds: number, violated: readonly string[]): Fault =>
  new Fault('RATE_LIMITED', detail, [['retry-after', `${seconds}`]], {
    type: PROBLEMS + type,
    members: { 'violated-policies': violated },
  })

/** At least 1, rounded up, and not before the `t` of the same answer, as the draft asks. */
const retrySeconds = ({ verdict, rule }: RateAsk): number => {
  if (verdict === null) return 1
  const { retryMs, resetMs } = verdict
  // It will never do, but the field is always sent: a window is as good as any time.
  const waitMs = Number.isFinite(retryMs) ? retryMs : rule.perMs
  return Math.max(1, Math.ceil(Math.max(waitMs, resetMs) / 1000))
}

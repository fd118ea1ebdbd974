import type { Reply } from '../../core/reply.ts'
import type { LimitsTaken, RateAsk } from './limit-notes.ts'

/**
 * Says in the answer's head what limits there are and what is left of them: `RateLimit-Policy` and `RateLimit` of
 * draft-ietf-httpapi-ratelimit-headers, and the older `RateLimit-Limit`, `-Remaining` and `-Reset`, which can speak of
 * one limit only. Fields of these names that came from upstream are replaced.
 */
export const writeLimitHeaders = (reply: Reply, notes: LimitsTaken): void => {
  const { first, full } = notes
  if (full === null && first !== null && first.next === null && first.verdict !== null && !first.plan.legacy) {
    if (first.plan.ietf) writeAlone(reply, first)
  } else writeAll(reply, notes)
}

/** The same for what nearly all have, one limit: most of it was made at load. */
const writeAlone = (reply: Reply, ask: RateAsk): void => {
  const { alone, line } = ask.tier
  // The end first: it is short, and so the line is two pieces and no chain of four.
  reply.edit.apply(alone).appendLine('ratelimit', line + `${remaining(ask)}${after(resetSeconds(ask))}\r\n`)
}

const writeAll = (reply: Reply, { first, full }: LimitsTaken): void => {
  let policies = full === null ? '' : full.policy
  let states = full === null ? '' : `${full.item}0`
  let tightest: RateAsk | null = null
  for (let ask = first; ask !== null; ask = ask.next) {
    const { plan } = ask
    if (plan.ietf) {
      policies = listed(ask.tier.policy, policies)
      if (ask.verdict !== null) states = listed(stateOf(ask), states)
    }
    if (plan.legacy && ask.verdict !== null && (tightest === null || isTighter(ask, tightest))) tightest = ask
  }
  if (policies !== '') reply.edit.remove('ratelimit-policy').appendClean('ratelimit-policy', policies)
  if (states !== '') reply.edit.remove('ratelimit').appendClean('ratelimit', states)
  if (tightest !== null) writeLegacy(reply, tightest)
}

const listed = (item: string, before: string): string => (before === '' ? item : `${before}, ${item}`)

const stateOf = (ask: RateAsk): string => `${ask.tier.item}${remaining(ask)}${after(resetSeconds(ask))}`

/** `t` is when more is to be had; where nothing is missing there is none. */
const after = (seconds: number): string => (seconds === 0 ? '' : `;t=${seconds}`)

const writeLegacy = (reply: Reply, ask: RateAsk): void => {
  reply.edit
    .apply(ask.tier.older)
    .appendClean('ratelimit-remaining', `${remaining(ask)}`)
    .appendClean('ratelimit-reset', `${resetSeconds(ask)}`)
}

/** The smaller share is left of it, or as much and for longer. */
const isTighter = (a: RateAsk, b: RateAsk): boolean => {
  const more = remaining(b) * a.rule.count - remaining(a) * b.rule.count
  return more > 0 || (more === 0 && resetSeconds(a) > resetSeconds(b))
}

/** Never more than the quota that is told with it, though a burst may be. */
const remaining = ({ verdict, charged, rule }: RateAsk): number =>
  verdict === null ? 0 : Math.max(0, Math.floor(Math.min(verdict.remaining - charged, rule.count)))

const resetSeconds = ({ verdict }: RateAsk): number => (verdict === null ? 0 : Math.ceil(verdict.resetMs / 1000))

import type { Exchange } from '../../core/exchange.ts'
import type { Policy } from '../../core/policy.ts'
import type { Reply } from '../../core/reply.ts'
import { compileApply, type HeaderEditPlan } from './edit-plan.ts'

/**
 * Edits the head of answers, whoever gave them. On the gateway's own errors what the error says itself stays: one that
 * caches keep, or that is no longer known as a problem, helps nobody. So do the gateway's cookies on any answer.
 */
export const responseHeadersPolicy = (plans: readonly HeaderEditPlan[]): Policy & { shape: Shape } => {
  const apply = compileApply(plans)
  const each = plans.map(plan => ({ name: plan.name, apply: compileApply([plan]) }))
  const onError: Shape = (x, reply) => {
    // Decided before anything is changed.
    const left = each.filter(({ name }) => reply.header(name) === undefined)
    for (const one of left) one.apply(x, reply.edit)
  }
  const replacesCookies = plans.some(({ name, replaces }) => replaces && name === 'set-cookie')
  const onAnswer: Shape = replacesCookies
    ? (x, reply) => {
        const own = reply.edit.all('set-cookie')
        apply(x, reply.edit)
        for (const cookie of own) reply.edit.append('set-cookie', cookie)
      }
    : (x, reply) => apply(x, reply.edit)
  return {
    name: 'response headers',
    shape: (x, reply) => (reply.fault === null ? onAnswer(x, reply) : onError(x, reply)),
  }
}

type Shape = (x: Exchange, reply: Reply) => void

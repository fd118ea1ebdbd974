import { HeaderEdits, type HeaderView } from '../../base/headers.ts'
import type { Policy } from '../../core/policy.ts'
import { otherSpellings } from '../../http1/serialize.ts'
import { compileApply, type HeaderEditPlan } from './edit-plan.ts'

/**
 * Edits the head of requests. What is replaced or removed is so in every spelling that a server could take for the name
 * (`X_Tenant` for `X-Tenant`): else clients could say what the gateway is to say.
 */
export const requestHeadersPolicy = (plans: readonly HeaderEditPlan[]): Policy => {
  const apply = compileApply(plans)
  const isOther = otherSpellings(
    plans.filter(({ replaces }) => replaces).map(({ name }) => name),
    plans.map(({ name }) => name),
  )
  const removeOthers = (head: HeaderView, edits: HeaderEdits): void => {
    for (let i = 0; i < head.count; i++) if (isOther?.(head, i)) edits.remove(head.nameAt(i).toLowerCase())
  }
  return {
    name: 'request headers',
    gate: x => {
      x.requestEdits ??= new HeaderEdits()
      apply(x, x.requestEdits)
      if (isOther !== null) removeOthers(x.headers, x.requestEdits)
      return undefined
    },
  }
}

import type { Exchange } from '../../core/exchange.ts'
import type { LimitStore } from '../../core/limits.ts'
import type { Reply } from '../../core/reply.ts'
import type { RateAsk } from './limit-notes.ts'
import { LimitsTaken } from './limit-notes.ts'

/** Charges what the answer says the request really cost, beyond what was taken, and takes the field out of the answer. */
export const chargeCosts = (fields: readonly string[], store: LimitStore, x: Exchange, reply: Reply): void => {
  for (const field of fields) {
    const text = reply.header(field)
    if (text === undefined) continue
    reply.edit.remove(field)
    const cost = parseCost(text)
    if (cost === undefined || !(x.limitNotes instanceof LimitsTaken)) continue
    for (let ask = x.limitNotes.first; ask !== null; ask = ask.next) {
      if (ask.plan.costField === field && ask.verdict?.allowed) charge(store, ask, cost - ask.cost - ask.charged)
    }
  }
}

/** Takes `cost`, or gives it back when it is below 0. */
export const charge = (store: LimitStore, ask: RateAsk, cost: number): void => {
  if (cost === 0) return
  ask.charged += cost
  store.charge({ rule: ask.rule, mark: ask.mark, key: ask.key, cost })
}

/** More than this is a mistake of the service's, and no client's debt. */
export const MAX_COST = 1_000_000

/** Whole, rounded up; undefined: not a cost, what was taken stands. */
export const parseCost = (text: string): number | undefined => {
  if (!/^\d{1,9}(?:\.\d{1,9})?$/.test(text)) return undefined
  const cost = Math.ceil(Number(text))
  return cost <= MAX_COST ? cost : undefined
}

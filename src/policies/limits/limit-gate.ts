import type { Exchange } from '../../core/exchange.ts'
import type { Gate } from '../../core/flow.ts'
import type { ConcurrencyStore, LimitOutcome, LimitStore } from '../../core/limits.ts'
import { faultReply, type Reply } from '../../core/reply.ts'
import { charge } from './limit-cost.ts'
import { keyText } from './limit-key.ts'
import type { LimitResult } from './limit-meter.ts'
import { type LimitsTaken, NO_ASKS, notesOf, RateAsk } from './limit-notes.ts'
import { type ConcurrencyPlan, type LimitPlans, type RatePlan, tierOf } from './limit-plan.ts'
import { concurrencyRefusal, rateRefusal } from './limit-refusal.ts'

/**
 * Asks all limits of a phase: the rates together, all or none; then what is in flight; then, when nothing refused,
 * those in dry run. Waits only where the store does.
 */
export const limitGate = (plans: LimitPlans, store: LimitStore, concurrency: ConcurrencyStore): Gate => {
  const { rates } = plans

  const goOn = (
    x: Exchange,
    notes: LimitsTaken,
    asks: readonly RateAsk[],
    outcome: LimitOutcome,
  ): Reply | undefined => {
    for (const ask of asks) notes.add(ask)
    settle(asks, outcome)
    if (!outcome.allowed) return refuse(notes, faultReply(rateRefusal(asks)))
    return enter(x, notes, asks)
  }

  const enter = (x: Exchange, notes: LimitsTaken, asks: readonly RateAsk[]): Reply | undefined => {
    // The client left while the store was asked.
    if (notes.over) return undefined
    const full = enterAll(plans.concurrency, concurrency, x, notes)
    if (full !== null) {
      for (const ask of asks) if (ask.verdict !== null) charge(store, ask, -ask.cost)
      return refuse(notes, faultReply(concurrencyRefusal(full.name)))
    }
    for (const plan of plans.dryRates) askDry(plan, store, x, notes)
    return undefined
  }

  return x => {
    const notes = notesOf(x)
    if (rates.length === 0) return enter(x, notes, NO_ASKS)
    const asks = rates.map(plan => new RateAsk(plan, x))
    const outcome = store.take(asks)
    return 'then' in outcome ? outcome.then(value => goOn(x, notes, asks, value)) : goOn(x, notes, asks, outcome)
  }
}

const refuse = (notes: LimitsTaken, reply: Reply): Reply => {
  notes.refused = true
  return reply
}

const settle = (asks: readonly RateAsk[], { allowed, verdicts }: LimitOutcome): void => {
  for (let i = 0; i < asks.length; i++) {
    const ask = asks[i]!
    const verdict = verdicts[i]
    if (verdict !== undefined) ask.verdict = verdict
    ask.plan.count(resultOf(verdict?.allowed ?? allowed, ask.plan.dryRun))
  }
}

const resultOf = (allowed: boolean, dryRun: boolean): LimitResult => {
  if (allowed) return 'allowed'
  return dryRun ? 'dry_refused' : 'refused'
}

/** Nobody waits for it: it only counts. */
const askDry = (plan: RatePlan, store: LimitStore, x: Exchange, notes: LimitsTaken): void => {
  const ask = new RateAsk(plan, x)
  const asks = [ask]
  notes.add(ask)
  const outcome = store.take(asks)
  if ('then' in outcome) outcome.then(value => settle(asks, value))
  else settle(asks, outcome)
}

/** Enters all, or none and says which is full. Each lease is noted at once, so that whatever happens it is left. */
const enterAll = (
  plans: readonly ConcurrencyPlan[],
  store: ConcurrencyStore,
  x: Exchange,
  notes: LimitsTaken,
): ConcurrencyPlan | null => {
  if (plans.length === 0) return null
  notes.leases ??= []
  const before = notes.leases.length
  for (const plan of plans) {
    const tier = tierOf(plan, x)
    const lease = store.enter(tier.rule, keyText(plan.key, x))
    plan.count(resultOf(lease >= 0, plan.dryRun))
    if (lease >= 0) notes.leases.push(lease)
    else if (!plan.dryRun) {
      notes.full = tier
      for (const held of notes.leases.splice(before)) store.leave(held)
      return plan
    }
  }
  return null
}

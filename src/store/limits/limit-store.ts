import type { LimitAsk, LimitOutcome, LimitRule, LimitStore, LimitVerdict } from '../../core/limits.ts'
import type { Clock } from '../../core/ports.ts'
import { type SharedTime, sharedTime } from '../shared-time.ts'
import { type Digest, type HashStart, hashStart, hashText } from '../text-hash.ts'
import { limitMath } from './limit-algorithm.ts'
import type { LimitMath } from './limit-math.ts'
import { HEAD_START_MS, type LimitMemory } from './limit-memory.ts'
import { limitTable } from './limit-table.ts'

export { createLimitMemory, type LimitMemory } from './limit-memory.ts'

interface RulePlan {
  readonly math: LimitMath
  /** Of the last ask, which the next one nearly always has, too; then its start need not be looked up. */
  mark: string
  start: HashStart
  /** By mark. */
  readonly starts: Map<string, HashStart>
}

/** An ask that is being decided: the first of every request uses the same object, and so on. */
interface Place {
  /** Nearly always that of the request before, too: then its plan need not be looked up. */
  rule: LimitRule
  plan: RulePlan
  cost: number
  readonly digest: Digest
}

/** This thread's access to the limits of this machine. Decides at once; there is nothing that could fail. */
export const localLimitStore = (memory: LimitMemory, clock: Clock): LimitStore => limitStore(memory, sharedTime(clock))

export const limitStore = (memory: LimitMemory, time: SharedTime): LimitStore => {
  const table = limitTable(memory)
  const plans = new WeakMap<LimitRule, RulePlan>()
  const places: Place[] = []
  const origin = memory.startedAt - HEAD_START_MS
  const elapsed = (): number => time.now() - origin

  const startOf = ({ id }: LimitRule, mark: string): HashStart =>
    hashStart(memory.hashKey, `${mark.length}:${mark}${id}`)

  const turnTo = (mark: string, plan: RulePlan, rule: LimitRule): void => {
    let start = plan.starts.get(mark)
    if (start === undefined) {
      start = startOf(rule, mark)
      plan.starts.set(mark, start)
    }
    plan.mark = mark
    plan.start = start
  }

  const compile = (rule: LimitRule): RulePlan => {
    const math = limitMath(rule, memory.wallAtStart)
    const plan = { math, mark: '', start: startOf(rule, ''), starts: new Map<string, HashStart>() }
    plans.set(rule, plan)
    return plan
  }

  const open = (rule: LimitRule, index: number): Place => {
    const placed = { rule, plan: plans.get(rule) ?? compile(rule), cost: 0, digest: { first: 0, second: 0 } }
    places[index] = placed
    return placed
  }

  const place = ({ rule, mark, key, cost }: LimitAsk, index: number): Place => {
    const placed = places[index] ?? open(rule, index)
    if (placed.rule !== rule) {
      placed.rule = rule
      placed.plan = plans.get(rule) ?? compile(rule)
    }
    const { plan } = placed
    if (plan.mark !== mark) turnTo(mark, plan, rule)
    // A cost that is not a number (an upstream may send one) would leave a state that is none.
    placed.cost = cost || 0
    hashText(plan.start, key, placed.digest)
    return placed
  }

  const take = ({ plan: { math }, digest, cost }: Place, at: number): LimitVerdict => {
    const allowed = table.take(digest, math, at, cost)
    return math.verdict(table.state, at, cost, allowed)
  }
  const look = ({ plan: { math }, digest, cost }: Place, at: number): LimitVerdict => {
    const state = table.peek(digest, at)
    return math.verdict(state, at, cost, math.take(state, at, cost) >= 0)
  }
  const wouldTake = ({ plan: { math }, digest, cost }: Place, at: number): boolean =>
    math.take(table.peek(digest, at), at, cost) >= 0

  const giveBack = (count: number, at: number): void => {
    for (let i = 0; i < count; i++) {
      const { digest, plan, cost } = places[i]!
      table.charge(digest, plan.math, at, -cost)
    }
  }

  /** Taken from none: what each rule says by itself; `late` is the verdict of one that was refused in the end. */
  const refusal = (count: number, at: number, late?: LimitVerdict, lateIndex = -1): LimitOutcome => ({
    allowed: false,
    verdicts: Array.from({ length: count }, (_, i) => (late && i === lateIndex ? late : look(places[i]!, at))),
  })

  const takeAll = (asks: readonly LimitAsk[], at: number): LimitOutcome => {
    const count = asks.length
    // First a look at all: a refusal, which an attacker can have as often as he likes, is found without a write.
    let open = true
    for (let i = 0; i < count; i++) open = wouldTake(place(asks[i]!, i), at) && open
    if (!open) return refusal(count, at)
    const verdicts: LimitVerdict[] = []
    for (let i = 0; i < count; i++) {
      const verdict = take(places[i]!, at)
      verdicts.push(verdict)
      if (verdict.allowed) continue
      // Another thread was faster, or two of the asks are about the same key.
      giveBack(i, at)
      return refusal(count, at, verdict, i)
    }
    return { allowed: true, verdicts }
  }

  return {
    take(asks) {
      const only = asks.length === 1 ? asks[0] : undefined
      if (only === undefined) return takeAll(asks, elapsed())
      const verdict = take(place(only, 0), elapsed())
      return { allowed: verdict.allowed, verdicts: [verdict] }
    },
    charge(ask) {
      const { plan, digest, cost } = place(ask, 0)
      table.charge(digest, plan.math, elapsed(), cost)
    },
  }
}

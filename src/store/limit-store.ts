import type { LimitAsk, LimitOutcome, LimitRule, LimitStore, LimitVerdict } from '../core/limits.ts'
import type { Clock } from '../core/ports.ts'
import { limitMath } from './limit-algorithm.ts'
import type { LimitMath } from './limit-math.ts'
import { HEAD_START_MS, type LimitMemory } from './limit-memory.ts'
import { limitTable } from './limit-table.ts'
import { type SharedTime, sharedTime } from './shared-time.ts'
import { type Digest, type HashStart, hashStart, hashText } from './text-hash.ts'

export { createLimitMemory, type LimitMemory } from './limit-memory.ts'

interface RulePlan {
  readonly math: LimitMath
  readonly start: HashStart
}

/** This thread's access to the limits of this machine. Decides at once; there is nothing that could fail. */
export const localLimitStore = (memory: LimitMemory, clock: Clock): LimitStore => limitStore(memory, sharedTime(clock))

export const limitStore = (memory: LimitMemory, time: SharedTime): LimitStore => {
  const table = limitTable(memory)
  const plans = new WeakMap<LimitRule, RulePlan>()
  const digests: Digest[] = []
  const origin = memory.startedAt - HEAD_START_MS
  const elapsed = (): number => time.now() - origin

  const compile = (rule: LimitRule): RulePlan => {
    const plan = { math: limitMath(rule, memory.wallAtStart), start: hashStart(memory.hashKey, rule.id) }
    plans.set(rule, plan)
    return plan
  }
  const planOf = (rule: LimitRule): RulePlan => plans.get(rule) ?? compile(rule)

  /** The hash of the ask in this place. */
  const digestOf = ({ start }: RulePlan, key: string, place: number): Digest => {
    digests[place] ??= { first: 0, second: 0 }
    const digest = digests[place]
    hashText(start, key, digest)
    return digest
  }

  const takeOne = ({ rule, key, cost }: LimitAsk, at: number): LimitVerdict => {
    const plan = planOf(rule)
    const allowed = table.take(digestOf(plan, key, 0), plan.math, at, cost)
    return plan.math.verdict(table.state, at, cost, allowed)
  }

  const look = ({ rule, key, cost }: LimitAsk, at: number, place: number): LimitVerdict => {
    const { math, start } = planOf(rule)
    const state = table.peek(digestOf({ math, start }, key, place), at)
    return math.verdict(state, at, cost, math.take(state, at, cost) >= 0)
  }

  /** Takes from all, in order; when one refuses after all, what was taken is given back and that one's place returned. */
  const takeAll = (asks: readonly LimitAsk[], at: number, verdicts: LimitVerdict[]): number => {
    for (const [place, { rule, cost }] of asks.entries()) {
      const { math } = planOf(rule)
      const allowed = table.take(digests[place]!, math, at, cost)
      verdicts[place] = math.verdict(table.state, at, cost, allowed)
      if (allowed) continue
      for (let i = 0; i < place; i++) table.charge(digests[i]!, planOf(asks[i]!.rule).math, at, -asks[i]!.cost)
      return place
    }
    return -1
  }

  const takeMany = (asks: readonly LimitAsk[], at: number): LimitOutcome => {
    // A refusal, which an attacker can have as often as he likes, is found without a write.
    const verdicts = asks.map((ask, place) => look(ask, at, place))
    if (verdicts.some(verdict => !verdict.allowed)) return { allowed: false, verdicts }
    const refused = takeAll(asks, at, verdicts)
    if (refused === -1) return { allowed: true, verdicts }
    // Another thread was faster, or two of the asks were about the same key.
    return {
      allowed: false,
      verdicts: asks.map((ask, place) => (place === refused ? verdicts[place]! : look(ask, at, place))),
    }
  }

  return {
    take(asks) {
      const at = elapsed()
      const only = asks[0]
      if (only === undefined) return { allowed: true, verdicts: [] }
      if (asks.length > 1) return takeMany(asks, at)
      const verdict = takeOne(only, at)
      return { allowed: verdict.allowed, verdicts: [verdict] }
    },
    charge({ rule, key, cost }) {
      const plan = planOf(rule)
      table.charge(digestOf(plan, key, 0), plan.math, elapsed(), cost)
    },
  }
}

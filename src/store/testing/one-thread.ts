import type { LimitAsk } from '../../core/limits.ts'
import { limitMath } from '../limits/limit-algorithm.ts'
import type { LimitMath } from '../limits/limit-math.ts'

/** Limits as one thread without a table would count them: a state per rule and key in a Map. What the table must equal. */
export interface OneThread {
  take(asks: readonly LimitAsk[], at: number): boolean
  charge(ask: LimitAsk, at: number): void
}

export const oneThread = (wallAtStart: number): OneThread => {
  const states = new Map<string, number>()
  const keyOf = ({ rule, mark, key }: LimitAsk): string => `${rule.id}\n${mark}\n${key}`
  const mathOf = ({ rule }: LimitAsk): LimitMath => limitMath(rule, wallAtStart)
  return {
    take(asks, at) {
      const before = new Map(states)
      for (const ask of asks) {
        const next = mathOf(ask).take(states.get(keyOf(ask)) ?? 0, at, ask.cost)
        if (next < 0) {
          states.clear()
          for (const [key, state] of before) states.set(key, state)
          return false
        }
        states.set(keyOf(ask), next)
      }
      return true
    },
    charge(ask, at) {
      states.set(keyOf(ask), mathOf(ask).charge(states.get(keyOf(ask)) ?? 0, at, ask.cost))
    },
  }
}

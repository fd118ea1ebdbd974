import type { Member } from '../member.ts'
import type { MakePicker } from '../picker.ts'
import { untriedFrom } from './tried.ts'
import { unrolledTurns } from './turns.ts'

/** A retry looks no further than this for a turn of another target before it takes any other. */
const MOST_STEPS = 64

/**
 * In turn, by weight. Begins anywhere: lists change at the same time in all workers, which would else all turn to the
 * first target at once.
 */
export const roundRobin =
  (random: () => number): MakePicker =>
  candidates => {
    const turns = Array.from(unrolledTurns(candidates.map(({ weight }) => weight)), i => candidates[i]!.member)
    const { length } = turns
    let next = Math.floor(random() * length)
    const turn = (): Member => {
      const member = turns[next]!
      next = next + 1 === length ? 0 : next + 1
      return member
    }
    return {
      pick(_, tried) {
        if (tried.length === 0) return turn()
        // What is passed over has had its turn, so that shares stay right.
        for (let steps = Math.min(length, MOST_STEPS); steps > 0; steps--) {
          const member = turn()
          if (!tried.includes(member)) return member
        }
        return untriedFrom(candidates, tried, next % candidates.length) ?? turn()
      },
    }
  }

import type { Member } from '../member.ts'
import type { MakePicker } from '../picker.ts'
import { untriedFrom } from './tried.ts'
import { unrolledTurns } from './turns.ts'

/** A retry draws so often before it takes any other target. */
const MOST_DRAWS = 8

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
        // By chance, and nobody's turn: if the one that helps out lost its own, the one that fails would come first more
        // often than its share, and of two each time.
        for (let draws = 0; draws < MOST_DRAWS; draws++) {
          const member = turns[Math.floor(random() * length)]!
          if (!tried.includes(member)) return member
        }
        return untriedFrom(candidates, tried, next % candidates.length) ?? turn()
      },
    }
  }

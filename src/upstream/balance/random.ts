import type { MakePicker } from '../picker.ts'
import { weightedDraw } from './draw.ts'
import { untriedFrom } from './tried.ts'

const MOST_DRAWS = 8

/** By chance, by weight. */
export const randomly =
  (random: () => number): MakePicker =>
  candidates => {
    const weights = candidates.map(({ weight }) => weight)
    const draw = weightedDraw(weights, random)
    return {
      pick(_, tried) {
        let drawn = draw()
        if (tried.length === 0) return candidates[drawn]!.member
        for (let draws = 1; draws < MOST_DRAWS && tried.includes(candidates[drawn]!.member); draws++) drawn = draw()
        return untriedFrom(candidates, tried, drawn) ?? candidates[drawn]!.member
      },
    }
  }

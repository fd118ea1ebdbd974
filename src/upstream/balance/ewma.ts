import { type Cells, isLater, momentAfter, TARGET } from '../cells.ts'
import type { MakePicker } from '../picker.ts'
import { drawOther, weightedDraw } from './draw.ts'
import { latencyNow } from './latency.ts'
import type { InFlight } from './least-request.ts'
import { untriedFrom } from './tried.ts'

/** How long the least latency among the candidates is taken for granted. */
const LOOK_AGAIN_MS = 100

export interface EwmaTools {
  readonly cells: Cells
  readonly inFlight: InFlight
  readonly random: () => number
  /** A moment of cells.ts. */
  readonly now: () => number
}

/**
 * The better of two by latency × (1 + requests in flight, for its weight); drawn by weight, so that shares are right
 * among equals with nothing in flight as well.
 *
 * What was not heard of lately, or never, counts as fast as the fastest and no faster: it is tried again, but one that
 * hangs, and so never says how slow it is, does not draw ever more requests.
 */
export const ewma =
  ({ cells, inFlight, random, now }: EwmaTools): MakePicker =>
  candidates => {
    const { words } = cells
    const weights = candidates.map(({ weight }) => weight)
    const members = candidates.map(({ member }) => member)
    const places = members.map(({ slot }) => cells.target(slot))
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length
    const perRequest = weights.map(weight => mean / weight)
    const draw = weightedDraw(weights, random)
    let least = leastLatency(words, places)
    let lookAt = momentAfter(now(), LOOK_AGAIN_MS)

    const cost = (i: number, time: number): number =>
      Math.max(least, latencyNow(words, places[i]!, time)) * (1 + inFlight(members[i]!) * perRequest[i]!)

    return {
      pick(_, tried) {
        const a = draw()
        const b = drawOther(draw, a, members.length)
        if (tried.length > 0) {
          if (tried.includes(members[a]!)) return untriedFrom(candidates, tried, b) ?? members[a]!
          if (tried.includes(members[b]!)) return members[a]!
        }
        const time = now()
        if (isLater(time, lookAt)) {
          least = leastLatency(words, places)
          lookAt = momentAfter(time, LOOK_AGAIN_MS)
        }
        return members[cost(a, time) <= cost(b, time) ? a : b]!
      },
    }
  }

/** Of those that are known, µs; 1 when none is. */
const leastLatency = (words: Int32Array, places: readonly number[]): number => {
  let least = Number.POSITIVE_INFINITY
  for (const at of places) {
    const latency = words[at + TARGET.latency]!
    if (latency > 0 && latency < least) least = latency
  }
  return least === Number.POSITIVE_INFINITY ? 1 : least
}

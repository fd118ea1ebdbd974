import type { Member } from '../member.ts'
import type { Candidate, MakePicker, Picker } from '../picker.ts'
import { drawOther, weightedDraw } from './draw.ts'
import { untriedFrom } from './tried.ts'
import { unrolledTurns } from './turns.ts'

/** Up to this many are all looked at. */
const FULL_SCAN = 4
const NONE: readonly Member[] = []
const NOBODY = -1

/** Requests in flight at a target, over all workers. */
export type InFlight = (member: Member) => number

/**
 * Where the fewest are in flight for its weight. Somebody is proposed in turn or by chance, as often as its weight says,
 * and gets the request unless it has more in flight already than another would have with it:
 *
 *     inFlight / weight  ≥  (inFlight of the other + 1) / weight of the other
 *
 * With equal weights that is the least loaded, and of equally loaded ones each in turn. Comparing (inFlight + 1) / weight
 * alone would send everything to the heaviest while there is little to do.
 */
export const leastRequest =
  (inFlight: InFlight, random: () => number): MakePicker =>
  candidates =>
    candidates.length <= FULL_SCAN ? ofAll(candidates, inFlight, random) : ofTwo(candidates, inFlight, random)

const ofAll = (candidates: readonly Candidate[], inFlight: InFlight, random: () => number): Picker => {
  const members = candidates.map(({ member }) => member)
  const perRequest = candidates.map(({ weight }) => 1 / weight)
  const turns = unrolledTurns(candidates.map(({ weight }) => weight))
  const count = members.length
  let next = Math.floor(random() * turns.length)
  const scan = (tried: readonly Member[]): Member | null => {
    const proposed = turns[next]!
    next = next + 1 === turns.length ? 0 : next + 1
    let best = NOBODY
    let least = Number.POSITIVE_INFINITY
    let loadOfProposed = Number.POSITIVE_INFINITY
    for (let i = 0, at = proposed; i < count; i++, at = at + 1 === count ? 0 : at + 1) {
      const member = members[at]!
      if (tried.length > 0 && tried.includes(member)) continue
      const load = inFlight(member) * perRequest[at]!
      if (i === 0) loadOfProposed = load
      if (load + perRequest[at]! >= least) continue
      least = load + perRequest[at]!
      best = at
    }
    if (best === NOBODY) return null
    return members[loadOfProposed < least ? proposed : best]!
  }
  return { pick: (_, tried) => scan(tried) ?? scan(NONE) }
}

/** The better of two drawn (Mitzenmacher, The Power of Two Choices): nearly as even as looking at all of them. */
const ofTwo = (candidates: readonly Candidate[], inFlight: InFlight, random: () => number): Picker => {
  const draw = weightedDraw(
    candidates.map(({ weight }) => weight),
    random,
  )
  return {
    pick(_, tried) {
      const proposed = draw()
      const other = drawOther(draw, proposed, candidates.length)
      const a = candidates[proposed]!
      const b = candidates[other]!
      if (tried.length > 0) {
        if (tried.includes(a.member)) return untriedFrom(candidates, tried, other) ?? a.member
        if (tried.includes(b.member)) return a.member
      }
      return inFlight(a.member) * b.weight < (inFlight(b.member) + 1) * a.weight ? a.member : b.member
    },
  }
}

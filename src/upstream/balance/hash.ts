import type { Affinity } from '../../core/affinity.ts'
import { textHash } from '../../core/text-hash.ts'
import { type Cells, OWN } from '../cells.ts'
import type { Member } from '../member.ts'
import type { Candidate, MakePicker, Picker } from '../picker.ts'
import type { Circle } from './circle.ts'
import type { InFlight } from './least-request.ts'

/** Places that are asked before all that are left are compared. */
const MOST_STEPS = 256
/** Up to so many cells are added up for the mean; beyond it the service's sum stands in. */
const MOST_CELLS = 64
const NONE: readonly Member[] = []

export interface HashOptions {
  readonly affinity: Affinity
  readonly circleOf: (candidates: readonly Candidate[], all: readonly Member[]) => Circle
  /** See BalanceSpec; 0: no bound. */
  readonly boundedLoad: number
  readonly cells: Cells
  readonly inFlight: InFlight
  /** For requests that lack what decides. */
  readonly otherwise: MakePicker
}

/**
 * Consistent hashing: the same text goes to the same target, in every worker and every gateway that sees the same
 * targets, and few texts move when these change.
 *
 * With bounded load (Mirrokni et al., Consistent Hashing with Bounded Loads) a target that has its multiple of the mean
 * in flight is passed over; one that is under the bound there always is, since not all can be above the mean. Workers do
 * not wait for each other, so at one moment each may exceed it by one.
 */
export const hashed =
  (options: HashOptions): MakePicker =>
  (candidates, all) => {
    const { affinity, boundedLoad } = options
    const members = candidates.map(({ member }) => member)
    const circle = options.circleOf(candidates, all ?? members)
    const otherwise = options.otherwise(candidates)
    const passOver = passingOver(options, candidates, circle)
    const pick: Picker['pick'] = (x, tried) => {
      const text = affinity(x)
      if (text === '') return otherwise.pick(x, tried)
      const place = circle.placeOf(textHash(text, 0))
      if (boundedLoad === 0 && tried.length === 0) return members[circle.owners[place]!]!
      return passOver(place, tried) ?? passOver(place, NONE)
    }
    return { pick }
  }

/** The first from `place` on that was not tried and is under the bound; if there is none, the least loaded for its weight. */
const passingOver = (options: HashOptions, candidates: readonly Candidate[], { owners }: Circle) => {
  const { boundedLoad, inFlight } = options
  const mean = meanOf(options, candidates)
  const steps = Math.min(owners.length, MOST_STEPS)
  const isUnder = ({ member, weight }: Candidate): boolean => {
    if (boundedLoad === 0) return true
    const load = inFlight(member)
    return load === 0 || load < boundedLoad * mean() * weight
  }
  return (place: number, tried: readonly Member[]): Member | null => {
    for (let i = 0, at = place; i < steps; i++) {
      const candidate = candidates[owners[at]!]!
      if ((tried.length === 0 || !tried.includes(candidate.member)) && isUnder(candidate)) return candidate.member
      if (++at === owners.length) at = 0
    }
    return leastLoaded(candidates, tried, owners[place]!, inFlight)
  }
}

/** Requests in flight for a weight of 1, with the one that is about to go. */
const meanOf = ({ cells, inFlight }: HashOptions, candidates: readonly Candidate[]): (() => number) => {
  const weights = candidates.reduce((sum, { weight }) => sum + weight, 0)
  if (candidates.length * cells.workers > MOST_CELLS) return () => (cells.serviceSum(OWN.inFlight) + 1) / weights
  return () => {
    let sum = 1
    for (let i = 0; i < candidates.length; i++) sum += inFlight(candidates[i]!.member)
    return sum / weights
  }
}

const leastLoaded = (
  candidates: readonly Candidate[],
  tried: readonly Member[],
  start: number,
  inFlight: InFlight,
): Member | null => {
  let best: Member | null = null
  let least = Number.POSITIVE_INFINITY
  for (let i = 0, at = start; i < candidates.length; i++) {
    const { member, weight } = candidates[at]!
    const load = tried.includes(member) ? Number.POSITIVE_INFINITY : (inFlight(member) + 1) / weight
    if (load < least) {
      best = member
      least = load
    }
    if (++at === candidates.length) at = 0
  }
  return best
}

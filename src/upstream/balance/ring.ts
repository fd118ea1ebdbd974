import { mixed, textHash } from '../../core/text-hash.ts'
import type { Member } from '../member.ts'
import type { Candidate } from '../picker.ts'
import { byLabel, type Circle } from './circle.ts'

/** Of a target of the usual weight: shares come out right within about 1/√1024, 3 % of themselves. */
const POINTS = 1024
/** On the whole ring; with more than 64 targets of the usual weight each has less. */
const MOST_POINTS = 65_536

/**
 * A ring of points (Karger et al.; ketama): each target has points in proportion to its weight, and a hash belongs to
 * the first point at or after it. A target that leaves takes its points along and moves nobody else's values.
 */
export const ringOf = (candidates: readonly Candidate[], all: readonly Member[]): Circle => {
  const perWeight = pointsPerWeight(all)
  const counts = candidates.map(({ weight }) => Math.max(1, Math.round(weight * perWeight)))
  const total = counts.reduce((sum, count) => sum + count, 0)
  const points = new Uint32Array(total)
  const owners = new Uint16Array(total)
  const labels = candidates.map(({ member }) => member.label)
  let at = 0
  for (const owner of byLabel(labels)) {
    const start = textHash(labels[owner]!, 1)
    // Odd, and each target its own: with the same step the points of two targets could all coincide.
    const step = textHash(labels[owner]!, 2) | 1
    for (let k = 0; k < counts[owner]!; k++, at++) {
      points[at] = mixed(start + Math.imul(k, step))
      owners[at] = owner
    }
  }
  return sorted(points, owners)
}

/**
 * By the weights of all members, the median for the usual one: when a target gets ill or well, or starts slowly, the
 * others keep exactly the points they have.
 */
const pointsPerWeight = (all: readonly Member[]): number => {
  const weights = all.map(({ weight }) => weight).sort((a, b) => a - b)
  const usual = weights[(weights.length - 1) >> 1]!
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return Math.min(POINTS / usual, MOST_POINTS / total)
}

/**
 * Hashes are spread evenly, so their upper bits say nearly where they belong: sorting takes one pass by these bits and
 * one that puts neighbours right, and a look-up is a step or two instead of a binary search.
 */
const sorted = (points: Uint32Array, owners: Uint16Array): Circle => {
  const { length } = points
  const shift = 32 - Math.max(1, Math.floor(Math.log2(length)))
  const starts = new Uint32Array(2 ** (32 - shift) + 1)
  for (let i = 0; i < length; i++) starts[(points[i]! >>> shift) + 1]!++
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!
  const free = starts.slice()
  const inOrder = new Uint32Array(length)
  const ownersInOrder = new Uint16Array(length)
  for (let i = 0; i < length; i++) {
    const point = points[i]!
    const group = point >>> shift
    let at = free[group]!++
    // Behind equal points: of those the first label's counts.
    for (; at > starts[group]! && inOrder[at - 1]! > point; at--) {
      inOrder[at] = inOrder[at - 1]!
      ownersInOrder[at] = ownersInOrder[at - 1]!
    }
    inOrder[at] = point
    ownersInOrder[at] = owners[i]!
  }
  const placeOf = (hash: number): number => {
    let at = starts[hash >>> shift]!
    while (at < length && inOrder[at]! < hash) at++
    return at === length ? 0 : at
  }
  return { owners: ownersInOrder, placeOf }
}

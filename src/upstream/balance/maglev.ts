import { textHash } from '../../core/text-hash.ts'
import type { Candidate } from '../picker.ts'
import { byLabel, type Circle } from './circle.ts'

/**
 * A prime, 64 places each for 1,024 targets. Of ten targets one that leaves moves 0.3 % of the values beside its own, of
 * a hundred 0.7 %, of 400 1.5 %; a table ten times as large a fifth of that, but it takes 60 ms to fill, not 2 to 4.
 */
const PLACES = 65_537
const PER_HASH = PLACES / 2 ** 32
const FREE = 0xffff
const NOBODY = -1

/**
 * Maglev's table (Eisenbud et al., NSDI 2016, §3.4): each target prefers the places in an order of its own, and they
 * take turns, by weight, in taking the next that is free. Shares are even to a place; a look-up is one read.
 */
export const maglevOf = (candidates: readonly Candidate[]): Circle => {
  const owners = new Uint16Array(PLACES).fill(FREE)
  const labels = candidates.map(({ member }) => member.label)
  const place = Uint32Array.from(labels, label => textHash(label, 3) % PLACES)
  const skip = Uint32Array.from(labels, label => (textHash(label, 4) % (PLACES - 1)) + 1)
  inTurns(candidates, byLabel(labels), who => {
    let at = place[who]!
    while (owners[at] !== FREE) at = next(at, skip[who]!)
    owners[at] = who
    place[who] = next(at, skip[who]!)
  })
  // Faster than the remainder, which for unsigned numbers is a division of doubles.
  return { owners, placeOf: hash => Math.floor(hash * PER_HASH) }
}

const next = (place: number, skip: number): number => (place + skip >= PLACES ? place + skip - PLACES : place + skip)

/**
 * Calls `take` PLACES times. The heaviest takes once in every round, others in as many rounds as their weight says. Each
 * round has a list of who is due in it, so that many light ones beside a heavy one are not looked at in vain.
 */
const inTurns = (candidates: readonly Candidate[], order: readonly number[], take: (who: number) => void): void => {
  const heaviest = candidates.reduce((most, { weight }) => Math.max(most, weight), 0)
  const turns = new Uint32Array(candidates.length)
  const firstOf = new Int32Array(PLACES + 1).fill(NOBODY)
  const after = new Int32Array(candidates.length)
  const enlist = (who: number): void => {
    // The quotient first: of the heaviest it is exactly 1, while 3 × 0.1 / 0.1 is more than 3, and its turns would run out.
    const round = Math.ceil(++turns[who]! * (heaviest / candidates[who]!.weight))
    if (round > PLACES) return
    after[who] = firstOf[round]!
    firstOf[round] = who
  }
  for (const who of order) enlist(who)
  for (let round = 1, left = PLACES; left > 0 && round <= PLACES; round++) {
    for (let who = firstOf[round]!, then = NOBODY; who !== NOBODY && left > 0; who = then, left--) {
      then = after[who]!
      take(who)
      enlist(who)
    }
  }
}

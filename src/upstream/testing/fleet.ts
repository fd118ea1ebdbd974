import type { Exchange } from '../../core/exchange.ts'
import type { InFlight } from '../balance/least-request.ts'
import { Cells, OWN } from '../cells.ts'
import type { Member } from '../member.ts'
import type { Candidate, Picker } from '../picker.ts'
import { exchange, FakeTarget, fakeWorld, memberOf } from '../testing.ts'

/** The same numbers for the same seed (mulberry32), 0 ≤ r < 1. */
export const seeded = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), bits | 61)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Targets t0, t1 … of a service with as many workers; nobody connects to them. */
export interface Fleet {
  readonly cells: Cells
  readonly members: readonly Member[]
  readonly candidates: readonly Candidate[]
  readonly inFlight: InFlight
  /** A request begins or ends (−1) at a target, in worker 0. */
  add(member: Member, requests?: number): void
}

export const fleetOf = (weights: readonly number[], workers = 2): Fleet => {
  const cells = new Cells(Cells.create(workers, weights.length))
  const world = fakeWorld()
  const members = weights.map((weight, i) => memberOf(new FakeTarget(`t${i}`, world), i, cells, { weight }))
  return {
    cells,
    members,
    candidates: members.map((member, i) => ({ member, weight: weights[i]! })),
    inFlight: member => member.load.total(),
    add: (member, requests = 1) => {
      cells.words[cells.targetColumn(member.slot, 0) + OWN.inFlight]! += requests
      cells.words[cells.column(0) + OWN.inFlight]! += requests
    },
  }
}

export const equal = (count: number): number[] => Array<number>(count).fill(1)

const ANY: Exchange = exchange()
const NONE: readonly Member[] = []

/** The target of a request of which nothing is known. */
export const pickAny = (picker: Picker, tried = NONE, x = ANY): Member => {
  const member = picker.pick(x, tried)
  if (member === null) throw new Error('nobody was picked')
  return member
}

/** How often each target was picked, as a share, in the order of the fleet. */
export const sharesOf = (picks: number, { members }: Pick<Fleet, 'members'>, pick: () => Member): number[] => {
  const counts = new Map(members.map(member => [member, 0]))
  for (let i = 0; i < picks; i++) {
    const member = pick()
    counts.set(member, counts.get(member)! + 1)
  }
  return [...counts.values()].map(count => count / picks)
}

/** The most that a share is off what the weights say, in percentage points. */
export const worstOff = (shares: readonly number[], weights: readonly number[]): number => {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return Math.max(...shares.map((share, i) => Math.abs(share - weights[i]! / total) * 100))
}

import type { BalanceSpec } from '../../src/spec/spec-resilience.ts'
import { latencyWatch } from '../../src/upstream/balance/latency.ts'
import { maglevOf } from '../../src/upstream/balance/maglev.ts'
import { pickerFor } from '../../src/upstream/balance/picker-for.ts'
import { ringOf } from '../../src/upstream/balance/ring.ts'
import { unrolledTurns } from '../../src/upstream/balance/turns.ts'
import { moment } from '../../src/upstream/cells.ts'
import { type Fleet, fleetOf, seeded } from '../../src/upstream/testing/fleet.ts'
import { exchange } from '../../src/upstream/testing.ts'
import { bench } from './loop.ts'

/** What choosing a target costs, with four workers' counts to add up, and what a new list of targets does. */
const WORKERS = 4
const ADDRESSES = Array.from({ length: 1024 }, (_, i) => exchange({ clientAddress: `192.0.${i >> 8}.${i & 255}` }))
const hash = (algorithm: 'ring' | 'maglev', boundedLoad: number): BalanceSpec => ({
  kind: 'hash',
  by: { kind: 'ip' },
  algorithm,
  boundedLoad,
})

const KINDS: readonly [name: string, spec: BalanceSpec][] = [
  ['round-robin', { kind: 'round-robin' }],
  ['random', { kind: 'random' }],
  ['least-request', { kind: 'least-request' }],
  ['ewma', { kind: 'ewma' }],
  ['hash ip, ring', hash('ring', 0)],
  ['hash ip, maglev', hash('maglev', 0)],
  ['hash ip, ring, bounded load 1.25', hash('ring', 1.25)],
  ['hash ip, maglev, bounded load 1.25', hash('maglev', 1.25)],
  ['sticky', { kind: 'sticky', cookie: 'target', maxAgeMs: 0 }],
]

/** Some in flight everywhere, and latencies from 1 to 5 ms. */
const busy = (count: number, weight: (i: number) => number): Fleet => {
  const fleet = fleetOf(
    Array.from({ length: count }, (_, i) => weight(i)),
    WORKERS,
  )
  const random = seeded(1)
  for (const member of fleet.members) {
    fleet.add(member, 3 + Math.floor(random() * 3))
    latencyWatch(fleet.cells, fleet.cells.target(member.slot), () => moment(1000)).ended('answered', 1 + random() * 4)
  }
  return fleet
}

for (const count of [3, 100])
  for (const [name, spec] of KINDS) {
    const { candidates, cells, inFlight } = busy(count, i => 1 + (i % 3))
    const now = () => moment(performance.now())
    const picker = pickerFor(spec, { cells, inFlight, random: Math.random, now }).make(candidates)
    await bench(`${name}: ${count} targets`, times => {
      let slots = 0
      for (let i = 0; i < times; i++) slots += picker.pick(ADDRESSES[i & 1023]!, [])!.slot
      return slots
    })
  }

const MADE: readonly [name: string, make: (fleet: Fleet) => unknown][] = [
  ['turns', ({ candidates }) => unrolledTurns(candidates.map(({ weight }) => weight))],
  ['ring', ({ candidates, members }) => ringOf(candidates, members)],
  ['maglev', ({ candidates }) => maglevOf(candidates)],
]
for (const [name, make] of MADE)
  for (const [what, count, weight] of [
    ['equal', 3, () => 1],
    ['equal', 100, () => 1],
    ['equal', 1024, () => 1],
    ['mixed', 100, (i: number) => 1 + (i % 7)],
    ['one of 1000, else 1', 1024, (i: number) => (i === 0 ? 1000 : 1)],
  ] as const) {
    const fleet = busy(count, weight)
    await bench(`made anew: ${name}, ${count} ${what}`, times => {
      for (let i = 0; i < times; i++) make(fleet)
    })
  }

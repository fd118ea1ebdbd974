import assert from 'node:assert/strict'
import { test } from 'node:test'
import { moment, TARGET } from '../cells.ts'
import type { Member } from '../member.ts'
import { equal, fleetOf, pickAny, seeded, sharesOf, worstOff } from '../testing/fleet.ts'
import type { Outcome } from '../watch.ts'
import { ewma } from './ewma.ts'
import { latencyWatch } from './latency.ts'

interface Behaviour {
  readonly ms: number
  readonly outcome?: Outcome
}

/** Requests come every `everyMs`; each ends as its target behaves then; one of 1e9 ms hangs for ever. */
const simulate = (weights: readonly number[], everyMs = 5) => {
  const fleet = fleetOf(weights)
  let ms = 100_000
  const now = (): number => moment(ms)
  const picker = ewma({ ...fleet, random: seeded(3), now })(fleet.candidates)
  const watches = fleet.members.map(({ slot }) => latencyWatch(fleet.cells, fleet.cells.target(slot), now))
  let open: { member: Member; outcome: Outcome; took: number; at: number }[] = []
  const pass = (): void => {
    ms += everyMs
    for (const each of open) {
      if (each.at > ms) continue
      fleet.add(each.member, -1)
      watches[each.member.slot]!.ended(each.outcome, each.took)
    }
    open = open.filter(({ at }) => at > ms)
  }
  return {
    ...fleet,
    run: (seconds: number, behave: (slot: number) => Behaviour): number[] =>
      sharesOf((seconds * 1000) / everyMs, fleet, () => {
        pass()
        const member = pickAny(picker)
        const { ms: took, outcome = 'answered' } = behave(member.slot)
        fleet.add(member)
        open.push({ member, outcome, took, at: ms + took })
        return member
      }),
  }
}

test('among equals every one gets its share, at once and later', () => {
  for (const weights of [equal(3), equal(20), [3, 1, 1, 1]]) {
    const service = simulate(weights, 20)
    assert.ok(
      worstOff(
        service.run(20, () => ({ ms: 10 })),
        weights,
      ) < 5,
    )
    assert.ok(
      worstOff(
        service.run(100, () => ({ ms: 10 })),
        weights,
      ) < 5,
    )
  }
})

test('a target that is ten times slower gets little, and its share again when it has recovered', () => {
  const service = simulate(equal(3))
  service.run(5, () => ({ ms: 10 }))
  assert.ok(service.run(20, slot => ({ ms: slot === 0 ? 100 : 10 }))[0]! < 0.05)
  service.run(60, () => ({ ms: 10 }))
  assert.ok(service.run(20, () => ({ ms: 10 }))[0]! > 0.2)
})

test('a target that fails at once gets less than it would by being fast, and its share again', () => {
  const service = simulate(equal(3))
  service.run(5, () => ({ ms: 10 }))
  const failing = (slot: number): Behaviour => (slot === 0 ? { ms: 0.2, outcome: 'connect' } : { ms: 10 })
  assert.ok(service.run(60, failing)[0]! < 0.02)
  service.run(60, () => ({ ms: 10 }))
  assert.ok(service.run(20, () => ({ ms: 10 }))[0]! > 0.2)
})

test('a target that hangs never says how slow it is, and yet draws no more than a few requests', () => {
  const service = simulate(equal(3))
  service.run(5, () => ({ ms: 10 }))
  service.run(120, slot => ({ ms: slot === 0 ? 1e9 : 10 }))
  assert.ok(service.inFlight(service.members[0]!) <= 10, `${service.inFlight(service.members[0]!)} in flight`)
})

test('a new target does not get everything before it has answered', () => {
  const service = simulate(equal(3))
  service.run(5, () => ({ ms: 50 }))
  service.cells.words[service.cells.target(0) + TARGET.latency] = 0
  const shares = service.run(1, () => ({ ms: 50 }))
  assert.ok(shares[0]! < 0.6 && shares[0]! > 0.1, `${shares}`)
})

test('of two it is the other when one was tried, and any when both were', () => {
  const fleet = fleetOf(equal(2))
  const picker = ewma({ ...fleet, random: seeded(3), now: () => moment(1000) })(fleet.candidates)
  for (let i = 0; i < 20; i++) {
    assert.equal(pickAny(picker, [fleet.members[0]!]), fleet.members[1])
    assert.ok(fleet.members.includes(pickAny(picker, fleet.members)))
  }
})

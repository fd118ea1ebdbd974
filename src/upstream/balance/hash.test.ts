import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Exchange } from '../../core/exchange.ts'
import type { Member } from '../member.ts'
import type { Picker } from '../picker.ts'
import { equal, type Fleet, fleetOf, pickAny, sharesOf, worstOff } from '../testing/fleet.ts'
import { exchange } from '../testing.ts'
import { hashed } from './hash.ts'
import { maglevOf } from './maglev.ts'
import { ringOf } from './ring.ts'
import { roundRobin } from './round-robin.ts'

const CIRCLES = { ring: ringOf, maglev: maglevOf } as const

const pickerOf = (fleet: Fleet, circle: keyof typeof CIRCLES, boundedLoad = 0): Picker =>
  hashed({
    affinity: x => x.clientAddress,
    circleOf: CIRCLES[circle],
    boundedLoad,
    cells: fleet.cells,
    inFlight: fleet.inFlight,
    otherwise: roundRobin(() => 0),
  })(fleet.candidates)

const from = (address: string): Exchange => exchange({ clientAddress: address })
const who = (i: number): Exchange => from(`192.0.2.${i}`)
const NOBODY: readonly Member[] = []

for (const circle of ['ring', 'maglev'] as const) {
  test(`${circle}: the same text goes to the same target, in every gateway`, () => {
    const here = pickerOf(fleetOf(equal(10)), circle)
    const there = pickerOf(fleetOf(equal(10)), circle)
    for (let i = 0; i < 200; i++) {
      const { slot } = pickAny(here, NOBODY, who(i))
      assert.deepEqual([pickAny(here, NOBODY, who(i)).slot, pickAny(there, NOBODY, who(i)).slot], [slot, slot])
    }
  })

  test(`${circle}: requests without the text take turns`, () => {
    const fleet = fleetOf([2, 1, 1])
    const picker = pickerOf(fleet, circle, 1.25)
    assert.equal(
      worstOff(
        sharesOf(400, fleet, () => pickAny(picker, NOBODY, from(''))),
        [2, 1, 1],
      ),
      0,
    )
  })

  test(`${circle}: a retry goes to another target, the same one each time; its order is a text’s own`, () => {
    const fleet = fleetOf(equal(10))
    const picker = pickerOf(fleet, circle)
    const seconds = new Set<Member>()
    for (let i = 0; i < 200; i++) {
      const first = pickAny(picker, NOBODY, who(i))
      const second = pickAny(picker, [first], who(i))
      assert.notEqual(second, first)
      assert.equal(pickAny(picker, [first], who(i)), second)
      if (first === fleet.members[0]) seconds.add(second)
    }
    assert.ok(seconds.size > 3, 'the values of one target all go to the same other one')
  })

  test(`${circle}: when all were tried it is the first again`, () => {
    const fleet = fleetOf(equal(3))
    const picker = pickerOf(fleet, circle)
    assert.equal(pickAny(picker, fleet.members, who(1)), pickAny(picker, NOBODY, who(1)))
  })

  test(`${circle}: with bounded load a popular value spills over, and comes back when there is room`, () => {
    const fleet = fleetOf(equal(4))
    const picker = pickerOf(fleet, circle, 1.25)
    const home = pickAny(picker, NOBODY, who(7))
    const pick = (): Member => {
      const member = pickAny(picker, NOBODY, who(7))
      fleet.add(member)
      return member
    }
    const picked = Array.from({ length: 100 }, pick)
    assert.equal(new Set(picked).size, 4)
    assert.equal(fleet.inFlight(home), 32)
    for (const member of picked) fleet.add(member, -1)
    assert.equal(pick(), home)
  })

  test(`${circle}: many targets of many workers are bounded by what the service has in flight`, () => {
    const fleet = fleetOf(equal(50), 4)
    const picker = pickerOf(fleet, circle, 1)
    for (let i = 0; i < 200; i++) fleet.add(pickAny(picker, NOBODY, who(7)))
    assert.deepEqual(new Set(fleet.members.map(fleet.inFlight)), new Set([4]))
  })

  test(`property: ${circle}: whatever comes and goes, nobody is picked that has its multiple of the mean`, () => {
    const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 40 })
    // Few values, so that they collide; a number ends one of those in flight.
    const step = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c', 'd') }, fc.nat(1000))
    fc.assert(
      fc.property(weights, fc.constantFrom(1, 1.25, 2), fc.array(step, { maxLength: 200 }), (given, bound, steps) => {
        const fleet = fleetOf(given)
        const total = given.reduce((sum, weight) => sum + weight, 0)
        const picker = pickerOf(fleet, circle, bound)
        const open: Member[] = []
        for (const each of steps) {
          if (typeof each === 'number') {
            const [ended] = open.splice(each % Math.max(1, open.length), 1)
            if (ended !== undefined) fleet.add(ended, -1)
            continue
          }
          const member = pickAny(picker, NOBODY, from(each))
          fleet.add(member)
          open.push(member)
          const most = Math.ceil((bound * open.length * member.weight) / total)
          assert.ok(fleet.inFlight(member) <= most, `${fleet.inFlight(member)} in flight, ${most} allowed`)
        }
      }),
      { numRuns: 60 },
    )
  })

  test(`${circle}: with bounded load a retry goes to the least loaded of the others when all are full`, () => {
    const fleet = fleetOf(equal(3))
    const picker = pickerOf(fleet, circle, 1)
    const home = pickAny(picker, NOBODY, who(1))
    const others = fleet.members.filter(member => member !== home)
    fleet.add(others[0]!, 5)
    fleet.add(others[1]!, 4)
    assert.equal(pickAny(picker, [home], who(1)), others[1])
  })
}

test('a long text and a text of any letters is a text', () => {
  const picker = pickerOf(fleetOf(equal(3)), 'maglev', 1.25)
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void pickAny(picker, NOBODY, from(text))))
  pickAny(picker, NOBODY, from('x'.repeat(1_000_000)))
})

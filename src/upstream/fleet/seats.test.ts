import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { COMES_BACK_MS, noSeats, reseat, type Seats } from './seats.ts'

const CAPACITY = 8

/** Lists of up to as many targets as there are slots, out of 30, and how much later each of them comes. */
const history = fc.array(
  fc.record({
    urls: fc.uniqueArray(fc.integer({ min: 0, max: 29 }).map(String), { maxLength: CAPACITY }),
    waitMs: fc.constantFrom(0, 1000, COMES_BACK_MS - 1, COMES_BACK_MS),
  }),
  { maxLength: 30 },
)

const slotsOf = ({ taken, left }: Seats): number[] => [...taken.values(), ...[...left.values()].map(({ slot }) => slot)]

test('through any sequence of lists no two targets share a slot, and who stays keeps theirs', () => {
  fc.assert(
    fc.property(history, lists => {
      let seats = noSeats(CAPACITY)
      let now = 0
      for (const { urls, waitMs } of lists) {
        now += waitMs
        const before = seats
        const { seats: after, fresh, gone } = reseat(before, urls, now)
        seats = after
        assert.deepEqual([...after.taken.keys()].sort(), urls.toSorted())
        const slots = slotsOf(after)
        assert.equal(new Set(slots).size, slots.length)
        assert.ok(slots.every(slot => slot >= 0 && slot < CAPACITY))
        for (const [url, slot] of before.taken) if (urls.includes(url)) assert.equal(after.taken.get(url), slot)
        for (const url of fresh) assert.ok(!before.taken.has(url))
        const inUse = [...after.taken.values()]
        const was = [...before.taken.values()]
        assert.deepEqual(gone.toSorted(), was.filter(slot => !inUse.includes(slot)).sort())
      }
    }),
  )
})

test('the slot of one that left is given to another only when there is no other, the oldest first', () => {
  fc.assert(
    fc.property(history, lists => {
      let seats = noSeats(CAPACITY)
      for (const [now, { urls }] of lists.entries()) {
        const before = seats
        const everHad = new Set(slotsOf(before))
        const { seats: after, fresh } = reseat(before, urls, now)
        const reused = fresh.map(url => after.taken.get(url)!).filter(slot => everHad.has(slot))
        if (reused.length > 0) assert.equal(slotsOf(after).length, CAPACITY)
        const youngestReused = Math.max(
          -1,
          ...[...before.left.values()].filter(at => reused.includes(at.slot)).map(at => at.at),
        )
        for (const { at, slot } of after.left.values()) assert.ok(at >= youngestReused, `${slot}`)
        seats = after
      }
    }),
  )
})

test('one that comes back within a minute finds its slot as it left it; later it is a stranger there', () => {
  const { seats } = reseat(reseat(noSeats(4), ['a', 'b'], 0).seats, ['b'], 1000)
  const soon = reseat(seats, ['a', 'b'], 1000 + COMES_BACK_MS - 1)
  assert.deepEqual([soon.seats.taken.get('a'), soon.fresh, soon.seats.left.size], [0, [], 0])
  const late = reseat(seats, ['a', 'b'], 1000 + COMES_BACK_MS)
  assert.deepEqual([late.seats.taken.get('a'), late.fresh], [0, ['a']])
})

test('a list that is longer than the capacity is a mistake of the caller', () => {
  assert.throws(() => reseat(noSeats(1), ['a', 'b'], 0), /more targets than slots/)
})

test('when there are more slots all keep theirs, those who left as well', () => {
  const { seats } = reseat(reseat(noSeats(2), ['a', 'b'], 0).seats, ['b'], 0)
  const more = reseat({ ...seats, capacity: 4 }, ['b', 'c', 'd'], 1000).seats
  assert.deepEqual([...more.taken.values()], [1, 2, 3])
  assert.deepEqual([...reseat(more, ['a'], 2000).seats.taken.values()], [0])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TIMEOUTS, UNLIMITED } from '../spec/testing.ts'
import { Cells } from './cells.ts'
import { OpenCount } from './open-count.ts'
import type { TargetMeter } from './options.ts'
import type { Connect, Passenger, Pooled } from './roles.ts'
import { TargetState } from './target.ts'
import { endpoint, fakeWorld } from './testing.ts'

/** Two workers know the target; ours is the first. No metric is there: there may be too many. */
const targetWith = (open: number, meter = UNCOUNTED) => {
  const cells = new Cells(Cells.create(2, 2))
  const options = { endpoint: endpoint('t'), timeouts: TIMEOUTS, connections: { ...UNLIMITED, open } }
  const pooled: Pooled = { reused: false, answered: false, isUsable: true, destroy() {}, begin() {} }
  const connect: Connect = () => pooled
  const target = new TargetState(options, { ...fakeWorld(), connect }, meter)
  const place = (slot: number, of = cells) => new OpenCount(of, slot, 0)
  return { target, pooled, cells, place, here: place(0), other: new OpenCount(cells, 0, 1) }
}

const NO_GAUGE = { add: () => {}, total: () => 0 }
const UNCOUNTED: TargetMeter = {
  inFlight: NO_GAUGE,
  connections: NO_GAUGE,
  isHeld: false,
  record() {},
  fail() {},
  letGo: () => UNCOUNTED,
}
const PASSENGER = {} as Passenger

test('a connection that is to be opened counts before it is, so that no other worker opens it too', () => {
  const { target, here, other } = targetWith(2)
  other.add(1)
  assert.equal(target.reserve(here), true)
  assert.equal(other.total(), 2)
})

test('one that would be too many is not counted', () => {
  const { target, here, other } = targetWith(2)
  other.add(2)
  assert.equal(target.reserve(here), false)
  target.release()
  assert.equal(other.total(), 2)
})

test('what was reserved and is not needed is given back once', () => {
  const { target, here } = targetWith(1)
  assert.equal(target.reserve(here), true)
  target.release()
  target.release()
  assert.equal(here.total(), 0)
  assert.equal(target.reserve(here), true)
})

test('what was reserved and opened is given back when it is gone, and not twice', () => {
  const { target, here, other } = targetWith(1)
  assert.equal(target.reserve(here), true)
  target.start(PASSENGER, false)
  assert.equal(target.reserve(here), false)
  target.disconnected()
  assert.equal(other.total(), 0)
  target.disconnected()
  assert.equal(other.total(), 0)
})

test('in other memory connections that are open count there, and a request of before counts there too', () => {
  const { target, here, place } = targetWith(2)
  assert.equal(target.reserve(here), true)
  target.start(PASSENGER, false)
  const later = place(1, new Cells(Cells.create(2, 2)))
  assert.equal(target.reserve(later), true)
  assert.deepEqual([here.total(), later.total()], [0, 2])
  assert.equal(target.reserve(here), false, 'a Plan of before')
  assert.deepEqual([here.total(), later.total()], [0, 2])
})

test('a list that gave the target another object for the same place changes nothing', () => {
  const { target, here, place } = targetWith(2)
  assert.equal(target.reserve(here), true)
  target.start(PASSENGER, false)
  assert.equal(target.reserve(place(0)), true)
  assert.equal(here.total(), 2)
})

test('a worker that was thought dead takes nothing back that the main thread has cleared', () => {
  const { target, cells, here, other } = targetWith(2)
  target.reserve(here)
  cells.clearWorker(0)
  other.add(1)
  target.release()
  assert.equal(here.total(), 1)
})

/** One that says whether it was let go of. */
const heldMeter = () => {
  const held = { times: 0 }
  const meter: TargetMeter = {
    ...UNCOUNTED,
    isHeld: true,
    letGo: () => {
      held.times++
      return UNCOUNTED
    },
  }
  return { held, meter }
}

test('a target that no Plan holds and that has no connection lets go of its series', async () => {
  const { held, meter } = heldMeter()
  const { target } = targetWith(0, meter)
  target.close()
  await null
  assert.equal(held.times, 1)
  assert.equal(target.meter, UNCOUNTED)
})

test('one with a tunnel does so when that has ended, and not when its Plan went', async () => {
  const { held, meter } = heldMeter()
  const { target, pooled } = targetWith(0, meter)
  target.start(PASSENGER, false)
  target.close()
  await null
  target.disconnected()
  await null
  assert.equal(held.times, 0, 'its answer is still being read')
  target.forget(pooled)
  assert.equal(held.times, 0, 'who used the connection is told after it is gone')
  await null
  assert.equal(held.times, 1)
})

test('one whose connection ends with an attempt that opens another one keeps them for that', async () => {
  const { held, meter } = heldMeter()
  const { target, pooled } = targetWith(0, meter)
  target.start(PASSENGER, false)
  target.close()
  target.forget(pooled)
  target.start(PASSENGER, true)
  await null
  assert.equal(held.times, 0)
})

test('while a Plan holds it, it keeps them, with connections or without', async () => {
  const { held, meter } = heldMeter()
  const { target, pooled } = targetWith(0, meter)
  target.start(PASSENGER, false)
  target.forget(pooled)
  await null
  assert.equal(held.times, 0)
})

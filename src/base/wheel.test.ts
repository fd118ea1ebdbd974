import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fakeClock } from './testing.ts'
import { Timer, Wheel } from './wheel.ts'

const TICK = 200

const setup = () => {
  const clock = fakeClock()
  const begun = clock.now()
  const wheel = new Wheel(clock.now, TICK)
  const fired: string[] = []
  const timer = (name: string, also: () => void = () => {}): Timer =>
    new Timer(() => {
      fired.push(`${name}@${clock.now() - begun}`)
      also()
    })
  const run = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += TICK) {
      clock.advance(TICK)
      wheel.advance()
    }
  }
  return { clock, wheel, fired, timer, run }
}

const firesAt: readonly [ms: number, at: number][] = [
  [0, 200],
  [1, 200],
  [200, 200],
  [201, 400],
  [12_600, 12_600],
  [12_800, 12_800],
  [12_801, 13_000],
  [3_600_000, 3_600_000],
]

for (const [ms, at] of firesAt) {
  test(`a timer of ${ms} ms fires once, at ${at}`, () => {
    const { wheel, fired, timer, run } = setup()
    wheel.set(timer('t'), ms)
    run(at + 30_000)
    assert.deepEqual(fired, [`t@${at}`])
  })
}

test('an absolute time is one of the clock', () => {
  const { clock, wheel, fired, timer, run } = setup()
  wheel.setAt(timer('t'), clock.now() + 500)
  run(2000)
  assert.deepEqual(fired, ['t@600'])
})

test('a later deadline replaces the earlier one, and an earlier the later one', () => {
  const { wheel, fired, timer, run } = setup()
  const later = timer('later')
  wheel.set(later, 400)
  wheel.set(later, 1000)
  const earlier = timer('earlier')
  wheel.set(earlier, 60_000)
  wheel.set(earlier, 600)
  run(70_000)
  assert.deepEqual(fired, ['earlier@600', 'later@1000'])
})

test('what is cleared or removed does not fire, and may be set again', () => {
  for (const off of ['clear', 'remove'] as const) {
    const { wheel, fired, timer, run } = setup()
    const t = timer('t')
    wheel.set(t, 400)
    wheel[off](t)
    wheel[off](t)
    run(1000)
    assert.deepEqual(fired, [], off)
    wheel.set(t, 400)
    run(1000)
    assert.deepEqual(fired, ['t@1400'], off)
  }
})

test('a removed timer is in no chain', () => {
  const { wheel, timer } = setup()
  const t = timer('t')
  wheel.set(t, 400)
  wheel.remove(t)
  assert.deepEqual([t.visitAt, t.prev, t.next], [0, null, null])
})

test('a timer may set itself again while it fires', () => {
  const { wheel, fired, run } = setup()
  const again: Timer = new Timer(() => {
    fired.push('again')
    if (fired.length < 3) wheel.set(again, 200)
  })
  wheel.set(again, 200)
  run(2000)
  assert.deepEqual(fired, ['again', 'again', 'again'])
})

test('a timer may remove, clear or put off another that is due in the same tick', () => {
  const { wheel, fired, timer, run } = setup()
  const removed = timer('removed')
  const cleared = timer('cleared')
  const putOff = timer('put off')
  const first = timer('first', () => {
    wheel.remove(removed)
    wheel.clear(cleared)
    wheel.set(putOff, 600)
  })
  for (const t of [first, removed, cleared, putOff]) wheel.set(t, 400)
  run(2000)
  assert.deepEqual(fired, ['first@400', 'put off@1000'])
})

test('after a long stall everything due fires in one advance, and the wheel goes on', () => {
  const { clock, wheel, fired, timer, run } = setup()
  for (const ms of [200, 5000, 12_800, 100_000]) wheel.set(timer(`${ms}`), ms)
  wheel.set(timer('not yet'), 1_000_200)
  clock.advance(1_000_000)
  wheel.advance()
  assert.deepEqual(fired.sort(), ['100000@1000000', '12800@1000000', '200@1000000', '5000@1000000'])
  run(400)
  assert.equal(fired.at(-1), 'not yet@1000200')
})

test('property: never early, at most one tick late, exactly once', () => {
  const operation = fc.record({ timer: fc.nat(4), ms: fc.nat(40_000), clear: fc.boolean(), wait: fc.nat(3000) })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), operations => {
      const clock = fakeClock()
      const wheel = new Wheel(clock.now, TICK)
      const due: (number | undefined)[] = []
      const timers = Array.from(
        { length: 5 },
        (_, i) =>
          new Timer(() => {
            const late = clock.now() - due[i]!
            // The clock moves 100 ms a step here: one tick and one step.
            assert.ok(late >= 0 && late <= TICK + 100, `late by ${late}`)
            due[i] = undefined
          }),
      )
      const pass = (ms: number): void => {
        for (let passed = 0; passed < ms; passed += 100) {
          clock.advance(100)
          wheel.advance()
        }
      }
      for (const { timer, ms, clear, wait } of operations) {
        if (clear) wheel.clear(timers[timer]!)
        else wheel.set(timers[timer]!, ms)
        due[timer] = clear ? undefined : clock.now() + ms
        pass(wait)
      }
      pass(41_000)
      assert.ok(due.every(at => at === undefined))
    }),
    { numRuns: 50 },
  )
})

test('a timer that throws does not keep the others from firing', () => {
  let now = 0
  const thrown: unknown[] = []
  const wheel = new Wheel(
    () => now,
    200,
    error => thrown.push(error),
  )
  let fired = 0
  const bad = new Timer(() => {
    throw new Error('bad')
  })
  const good = new Timer(() => fired++)
  wheel.set(bad, 200)
  wheel.set(good, 200)
  now = 1000
  wheel.advance()
  assert.equal(thrown.length, 1)
  assert.equal(fired, 1)
})

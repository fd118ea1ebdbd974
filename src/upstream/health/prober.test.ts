import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fakeClock } from '../../base/testing.ts'
import { Cells, HEAD, moment, TARGET } from '../cells.ts'
import { eject } from '../outliers/eject.ts'
import { REASON } from '../outliers/reason.ts'
import { fakeTimers, HEALTH, isUnhealthy, probedService, proberWorld, targets } from '../testing/prober-world.ts'
import { createProber, type ProbedService } from './prober.ts'

test('a target that fails is unhealthy, and healthy again, after so many probes in a row', () => {
  const w = proberWorld()
  const orders = probedService()
  w.prober.apply([orders])
  w.answers.set('http://a', 'answered 500')
  w.pass(10_000 - 1)
  assert.ok(!isUnhealthy(orders, 0), 'after two probes')
  assert.equal(orders.cells.words[HEAD.epoch], 0)
  w.pass(1)
  assert.ok(isUnhealthy(orders, 0), 'after three')
  assert.ok(!isUnhealthy(orders, 1))
  assert.equal(orders.cells.words[HEAD.epoch], 1)
  w.answers.set('http://a', null)
  w.pass(5000)
  assert.ok(isUnhealthy(orders, 0))
  w.pass(5000)
  assert.ok(!isUnhealthy(orders, 0))
  assert.equal(orders.cells.words[HEAD.epoch], 2)
  assert.equal(orders.cells.words[orders.cells.target(0) + TARGET.upSince], moment(w.clock.now()))
  assert.deepEqual(w.log, [
    'warn A target is unhealthy {"service":"orders","target":"http://a","reason":"answered 500"}',
    'info A target is healthy again {"service":"orders","target":"http://a"}',
  ])
  assert.deepEqual(
    w.counted.filter(line => line.includes('//a')),
    [
      'orders http://a false',
      'orders http://a false',
      'orders http://a false',
      'orders http://a true',
      'orders http://a true',
    ],
  )
})

test('the last probe of each target is known', () => {
  const w = proberWorld()
  w.prober.apply([probedService(), probedService({ name: 'users', targets: targets('c') })])
  assert.deepEqual(
    w.prober.state('orders').map(({ last }) => last),
    [null, null],
  )
  w.answers.set('http://b', 'hang')
  w.pass(1000)
  const at = w.clock.wall()
  assert.deepEqual(w.prober.state('orders'), [
    { target: 'http://a', slot: 0, healthy: true, last: { ok: true, reason: '', at: at - 1000, tookMs: 0 } },
    {
      target: 'http://b',
      slot: 1,
      healthy: true,
      last: { ok: false, reason: 'did not answer in 1000 ms', at, tookMs: 1000 },
    },
  ])
  assert.equal(w.prober.state('users').length, 1)
  assert.deepEqual(w.prober.state('none'), [])
})

test('a probe that hangs is given up, what it says later is not heard, and the next comes in time', () => {
  const w = proberWorld()
  w.prober.apply([probedService({ targets: targets('a') })])
  w.answers.set('http://a', 'hang')
  w.pass(4999)
  assert.equal(w.asked.length, 1)
  assert.ok(w.asked[0]!.givenUp)
  w.asked[0]!.done(null)
  assert.deepEqual(w.counted, ['orders http://a false'])
  w.pass(1)
  assert.equal(w.asked.length, 2)
})

test('a probe that throws has failed, and says nothing of what it threw', () => {
  const w = proberWorld()
  w.prober.apply([probedService({ targets: targets('a') })])
  w.answers.set('http://a', 'throw')
  w.pass(20_000)
  assert.equal(w.asked.length, 5)
  assert.match(w.log.join(), /could not be asked/)
  assert.doesNotMatch(w.log.join(), /secret/)
})

test('a target is never asked twice at once, though its probes take longer than the interval', () => {
  const w = proberWorld()
  w.prober.apply([probedService({ targets: targets('a'), health: { ...HEALTH, intervalMs: 300, timeoutMs: 1000 } })])
  w.answers.set('http://a', 'hang')
  w.pass(10_000)
  const starts = w.asked.map(({ at }) => at)
  assert.equal(starts.length, 10)
  for (let i = 1; i < starts.length; i++) assert.ok(starts[i]! - starts[i - 1]! >= 1000)
})

test('first probes come soon and spread, and intervals stay within their jitter', () => {
  const parts = fc.array(fc.float({ min: 0, max: Math.fround(0.999), noNaN: true }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(parts, fc.float({ min: 0, max: 1, noNaN: true }), (parts, jitter) => {
      let drawn = 0
      const w = proberWorld(() => parts[drawn++ % parts.length]!)
      const start = w.clock.now()
      w.prober.apply([probedService({ targets: targets('a'), health: { ...HEALTH, jitter } })])
      w.pass(30_000)
      const starts = w.asked.map(({ at }) => at)
      assert.ok(starts[0]! - start < 1000)
      assert.ok(Math.abs(starts[0]! - start - parts[0]! * 1000) < 1e-6)
      for (let i = 1; i < starts.length; i++) {
        const gap = starts[i]! - starts[i - 1]!
        assert.ok(
          gap >= Math.max(10, 5000 * (1 - jitter)) - 1e-6 && gap <= 5000 * (1 + jitter) + 1e-6,
          `${gap} with ${jitter}`,
        )
      }
    }),
    { numRuns: 50 },
  )
})

test('a probe that goes well brings back a target that was ejected, unless it is unhealthy', () => {
  const w = proberWorld()
  const orders = probedService({ targets: targets('a') })
  const spec = { ejectMs: 60_000, maxEjectMs: 60_000, maxEjected: 1 }
  const ejected = (): number | undefined => orders.cells.words[HEAD.ejected]
  w.prober.apply([orders])
  w.answers.set('http://a', 'answered 500')
  w.pass(12_000)
  eject(spec, orders.cells, 0, 2, REASON.errors, moment(w.clock.now()))
  w.pass(5000)
  w.answers.set('http://a', null)
  w.pass(5000)
  assert.equal(ejected(), 1, 'still unhealthy')
  w.pass(5000)
  assert.equal(ejected(), 0)
})

/** So many targets of one service, all of which hang. */
const hanging = ({ answers }: ReturnType<typeof proberWorld>, name: string, count: number): ProbedService => {
  const names = Array.from({ length: count }, (_, i) => `${name}${i}`)
  for (const each of names) answers.set(`http://${each}`, 'hang')
  return probedService({ name, targets: targets(...names), cells: new Cells(Cells.create(1, count)) })
}

test('64 targets are asked at once, 32 of one service, the others when there is room', () => {
  const w = proberWorld()
  const asked = (): number[] =>
    ['a', 'b'].map(name => w.asked.filter(({ url }) => url.startsWith(`http://${name}`)).length)
  w.prober.apply(['a', 'b'].map(name => hanging(w, name, 36)))
  w.pass(999)
  assert.deepEqual(asked(), [32, 32])
  w.pass(1)
  assert.deepEqual(asked(), [36, 36])
  assert.equal(new Set(w.asked.map(({ url }) => url)).size, 72)
})

test('targets of a service that hang by the hundreds do not keep those of another one from being asked', () => {
  const w = proberWorld()
  w.prober.apply([hanging(w, 'a', 500), probedService({ name: 'b', targets: targets('well') })])
  w.pass(61_000)
  const asked = w.asked.filter(({ url }) => url === 'http://well').map(({ at }) => at)
  assert.ok(asked.length >= 12, `${asked.length} times`)
})

test('whoever waits for a turn can be stopped, and its turn is not lost', () => {
  const w = proberWorld()
  const many = hanging(w, 't', 34)
  w.prober.apply([many])
  w.pass(0)
  w.prober.apply([{ ...many, targets: many.targets.filter(({ slot }) => slot !== 0 && slot !== 32) }])
  assert.deepEqual([w.asked.length, w.asked.at(-1)!.url], [33, 'http://t33'])
})

test('close leaves nothing behind, and what was found out stays', () => {
  const w = proberWorld()
  const orders = probedService({ targets: targets('a', 'b', 'c') })
  w.prober.apply([orders])
  w.answers.set('http://a', 'answered 500')
  w.pass(12_000)
  w.answers.set('http://b', 'hang')
  w.pass(3000)
  const { length } = w.asked
  w.prober.close()
  assert.ok(w.asked.filter(({ url }) => url === 'http://b').at(-1)!.givenUp)
  assert.equal(w.timers.pending.size, 0)
  w.prober.apply([orders])
  w.pass(60_000)
  assert.equal(w.asked.length, length)
  assert.equal(w.timers.pending.size, 0)
  assert.ok(isUnhealthy(orders, 0))
})

test('whoever closes while a probe is counted leaves nothing behind either', () => {
  const clock = fakeClock()
  const timers = fakeTimers(clock)
  const prober = createProber({
    clock,
    now: () => moment(clock.now()),
    timers,
    random: () => 0,
    log: { info() {}, warn() {}, error() {} },
    onProbe: () => prober.close(),
    probe: (_, done) => timers.after(0, () => done(null)),
  })
  prober.apply([probedService()])
  timers.pass(10_000)
  assert.equal(timers.pending.size, 0)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSpec } from '../../spec/testing.ts'
import { HEAD } from '../cells.ts'
import { HEALTH, isUnhealthy, probedService, proberWorld, targets } from '../testing/prober-world.ts'

test('a target that stays keeps its history when others come and go, or its place and weight change', () => {
  const w = proberWorld()
  const orders = probedService()
  w.prober.apply([orders])
  w.answers.set('http://a', 'refused the connection')
  w.pass(6000)
  const [a] = targets('a')
  const moved = { endpoint: { ...a!.endpoint, weight: 7, priority: 1 }, slot: 4 }
  const changed = { ...orders, targets: [moved, { endpoint: endpointSpec('c'), slot: 2 }] }
  w.prober.apply([changed])
  w.pass(3999)
  assert.equal(w.asked.filter(({ url }) => url === 'http://a').length, 2, 'it was not asked once more because of that')
  w.pass(1)
  assert.ok(isUnhealthy(orders, 4), 'two failures before, one after')
  assert.deepEqual(
    w.prober.state('orders').map(({ target }) => target),
    ['http://a', 'http://c'],
  )
})

test('what is known of a target stands in new cells at once', () => {
  const w = proberWorld()
  const orders = probedService()
  w.prober.apply([orders])
  w.answers.set('http://a', 'answered 500')
  w.pass(10_000)
  const reloaded = probedService()
  w.prober.apply([reloaded])
  assert.ok(isUnhealthy(reloaded, 0))
  assert.equal(reloaded.cells.words[HEAD.epoch], 1)
  w.answers.set('http://a', null)
  w.pass(10_000)
  assert.ok(!isUnhealthy(reloaded, 0))
})

test('other rules count anew and ask soon, and hold what was found out until then', () => {
  const w = proberWorld()
  const orders = probedService({ targets: targets('a') })
  w.prober.apply([orders])
  w.answers.set('http://a', 'answered 404')
  w.pass(12_000)
  assert.ok(isUnhealthy(orders, 0))
  w.answers.set('http://a', null)
  w.prober.apply([{ ...orders, health: { ...HEALTH, port: 81, healthyAfter: 1 } }])
  assert.ok(isUnhealthy(orders, 0))
  w.pass(0)
  assert.ok(!isUnhealthy(orders, 0))
  assert.equal(w.asked.at(-1)!.probed.health.port, 81)
})

test('other rules end a probe under way', () => {
  const w = proberWorld()
  const orders = probedService({ targets: targets('a') })
  w.answers.set('http://a', 'hang')
  w.prober.apply([orders])
  w.pass(0)
  w.prober.apply([{ ...orders, health: { ...HEALTH, port: 81 } }])
  assert.ok(w.asked[0]!.givenUp)
  w.asked[0]!.done(null)
  assert.deepEqual(w.counted, [])
})

test('a target that is not probed any more is asked no more, and nothing is held against it', () => {
  const w = proberWorld()
  const orders = probedService()
  w.prober.apply([orders])
  w.answers.set('http://a', 'answered 500')
  w.pass(12_000)
  assert.ok(isUnhealthy(orders, 0))
  w.prober.apply([])
  assert.ok(!isUnhealthy(orders, 0))
  assert.equal(w.timers.pending.size, 0)
  assert.deepEqual(w.prober.state('orders'), [])
})

test('a place that another target has taken over is judged by that one', () => {
  const w = proberWorld()
  const orders = probedService({ targets: targets('a') })
  w.prober.apply([orders])
  w.answers.set('http://a', 'answered 500')
  w.answers.set('http://c', 'answered 500')
  w.pass(12_000)
  orders.cells.resetTarget(0)
  w.prober.apply([{ ...orders, targets: targets('c') }])
  assert.ok(!isUnhealthy(orders, 0))
  w.pass(12_000)
  assert.ok(isUnhealthy(orders, 0))
})

test('the same target written twice has two places', () => {
  const w = proberWorld()
  const orders = probedService({ targets: targets('a', 'a') })
  w.prober.apply([orders])
  w.answers.set('http://a', 'answered 500')
  w.pass(12_000)
  assert.ok(isUnhealthy(orders, 0) && isUnhealthy(orders, 1))
})

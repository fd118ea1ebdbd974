import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '../base/errors.ts'
import { headersOf } from '../base/headers.ts'
import type { Exchange } from '../core/exchange.ts'
import { Later } from '../core/maybe.ts'
import { Reply } from '../core/reply.ts'
import { isIdentityField } from '../http1/serialize.ts'
import { viaOf } from './request-head.ts'
import { Service, type ServiceOptions } from './service.ts'
import { exchange, FakeTarget, fakeWorld } from './testing.ts'

const OPTIONS: ServiceOptions = {
  name: 'api',
  preserveHost: false,
  via: '',
  dropField: isIdentityField,
  maxInFlight: 0,
  maxQueued: 0,
  queueMs: 1000,
  totalMs: 0,
}

const setup = (weights: readonly number[], options: Partial<ServiceOptions> = {}) => {
  const world = fakeWorld()
  const targets = weights.map((_, i) => new FakeTarget(`t${i}`, world))
  const members = targets.map((state, i) => ({
    state,
    hostLine: `Host: t${i}\r\n`,
    basePath: `/base${i}`,
    label: `http://t${i}`,
    weight: weights[i]!,
  }))
  const service = new Service({ ...OPTIONS, ...options }, members, world)
  /** Starts a request; its answer is in `reply` once there is one. */
  const ask = (given: Partial<Exchange> = {}, totalMs = 0) => {
    const x = exchange({ method: 'GET', startedAt: world.clock.now(), ...given })
    const asked: { x: Exchange; reply: Reply | undefined } = { x, reply: undefined }
    const answer = service.forward(x, () => '/p', totalMs)
    if (answer instanceof Reply) asked.reply = answer
    else if (answer instanceof Later)
      answer.wait({
        onValue: (reply: Reply) => {
          asked.reply = reply
        },
        onError: assert.fail,
      })
    return asked
  }
  return { world, targets, service, ask }
}

const picks = (weights: readonly number[], n: number): string => {
  const { ask } = setup(weights)
  return Array.from({ length: n }, () => ask().x.upstream.at(-1)).join('')
}

const orders: readonly [weights: number[], order: string][] = [
  [[1], '000000'],
  [[1, 1, 1], '012012'],
  [[3, 1], '00100010'],
  [[5, 1, 1], '00102000010200'],
  [[2, 3], '1010110101'],
]

for (const [weights, order] of orders) {
  test(`weights ${weights.join(', ')}: ${order}`, () => assert.equal(picks(weights, order.length), order))
}

test('property: in every full turn, wherever it begins, each target has exactly its weight, spread out', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 5 }), weights => {
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      const order = picks(weights, total * 2)
      for (let from = 0; from <= total; from++) {
        const turn = order.slice(from, from + total)
        weights.forEach((weight, i) => void assert.equal(turn.split(String(i)).length - 1, weight))
      }
      for (let k = 1; k <= total; k++) {
        weights.forEach((weight, i) => {
          const off = order.slice(0, k).split(String(i)).length - 1 - (k * weight) / total
          assert.ok(Math.abs(off) < weights.length - 1 + 1e-9, `target ${i} after ${k} turns of ${order}`)
        })
      }
    }),
    { examples: [[[5, 1, 1]], [[1, 9]]] },
  )
})

test('a target that refuses three times running is passed over for a second', () => {
  const { world, targets, ask } = setup([1, 1])
  const next = (): string => ask().x.upstream
  targets[0]!.refused()
  targets[0]!.refused()
  targets[0]!.reached()
  targets[0]!.refused()
  targets[0]!.refused()
  assert.deepEqual([next(), next()], ['http://t0', 'http://t1'])
  targets[0]!.refused()
  assert.deepEqual([next(), next(), next()], ['http://t1', 'http://t1', 'http://t1'])
  world.clock.advance(1000)
  assert.deepEqual([next(), next()], ['http://t0', 'http://t1'])
})

test('where all refuse, or there is but one, it is asked all the same', () => {
  for (const weights of [[1], [1, 1]]) {
    const { targets, ask } = setup(weights)
    for (const target of targets) for (let i = 0; i < 3; i++) target.refused()
    assert.deepEqual([ask().x.upstream, ask().reply], ['http://t0', undefined])
  }
})

test('a service without targets', () => {
  const { x, reply } = setup([]).ask()
  assert.deepEqual([reply?.fault?.code, x.service], ['NO_HEALTHY_TARGET', 'api'])
})

test('our own Via coming back is a loop, that of another gateway is none', () => {
  const via = viaOf('sallyport')
  const asked = (value: string, own = via) =>
    setup([1], { via: own }).ask({ headers: headersOf([['via', value]]) }).reply?.fault?.code
  assert.equal(asked(`1.1 a, 1.1 ${via.trim()}, 1.1 b`), 'LOOP_DETECTED')
  assert.equal(asked('1.1 sallyport (00000000)'), undefined)
  assert.equal(asked(`1.1 ${via.trim()}`, ''), undefined)
})

test('what goes to the target: base path, path, Host of the target or of the client', () => {
  const head = (preserveHost: boolean, authority: string): string[] => {
    const { targets, ask } = setup([1], { preserveHost })
    ask({ authority })
    return targets[0]!.started[0]!.head.split('\r\n').slice(0, 2)
  }
  assert.deepEqual(head(false, 'client'), ['GET /base0/p HTTP/1.1', 'Host: t0'])
  assert.deepEqual(head(true, 'client:1'), ['GET /base0/p HTTP/1.1', 'Host: client:1'])
  assert.deepEqual(head(true, ''), ['GET /base0/p HTTP/1.1', 'Host: t0'])
})

const deadlines: readonly [route: number, service: number, before: number, expected: number][] = [
  [0, 0, 0, 0],
  [0, 500, 0, 500],
  [300, 500, 0, 300],
  [800, 500, 0, 800],
  [300, 0, 200, 200],
  [300, 0, 400, 300],
]

for (const [route, totalMs, before, expected] of deadlines) {
  test(`deadline of route ${route}, service ${totalMs}, set before ${before}: ${expected}`, () => {
    const { ask } = setup([1], { totalMs })
    assert.equal(ask({ startedAt: 0, deadlineAt: before }, route).x.deadlineAt, expected)
  })
}

// --- the queue ---

const ids = (target: FakeTarget): string[] => target.started.map(({ x }) => x.requestId)

/** One target with room for one, which is taken. */
const full = (options: Partial<ServiceOptions> = {}) => {
  const it = setup([1], { maxInFlight: 1, maxQueued: 2, ...options })
  const target = it.targets[0]!
  it.ask({ requestId: 'first' })
  /** The n-th request is answered and leaves. */
  const answer = (n: number): void => {
    target.started[n]!.succeed(new Reply(200))
    target.started[n]!.over()
    target.onRoom?.()
  }
  return { ...it, target, answer }
}

test('beyond the limit requests wait and go in order, one for each that leaves', () => {
  const { target, ask, answer } = full()
  ask({ requestId: 'a' })
  ask({ requestId: 'b' })
  assert.deepEqual(ids(target), ['first'])
  answer(0)
  assert.deepEqual(ids(target), ['first', 'a'])
  answer(1)
  assert.deepEqual(ids(target), ['first', 'a', 'b'])
  assert.equal(target.meter.inFlight.total(), 1)
})

test('a queue that is full: 503 and Retry-After, at once', () => {
  const { ask } = full()
  ask()
  ask()
  const { reply } = ask()
  assert.deepEqual([reply?.status, reply?.fault?.code, reply?.header('retry-after')], [503, 'OVERLOADED', '1'])
})

test('room that another worker frees is found on the next tick', () => {
  const { world, target, ask } = full()
  ask({ requestId: 'a' })
  target.meter.inFlight.add(-1)
  world.pass(200)
  assert.deepEqual(ids(target), ['first', 'a'])
})

test('who waits longer than the queue allows is turned away, never earlier', () => {
  const { world, ask } = full({ queueMs: 1000 })
  const a = ask()
  world.pass(400)
  const b = ask()
  world.pass(600)
  assert.deepEqual([a.reply, b.reply], [undefined, undefined])
  world.pass(200)
  assert.deepEqual([a.reply?.fault?.code, a.reply?.header('retry-after')], ['OVERLOADED', '1'])
  assert.deepEqual([b.reply], [undefined])
  world.pass(600)
  assert.equal(b.reply?.fault?.code, 'OVERLOADED')
})

test('a deadline that passes in the queue is a timeout', () => {
  const { world, ask, target, answer } = full({ totalMs: 500, queueMs: 5000 })
  const a = ask()
  world.pass(600)
  assert.equal(a.reply?.fault?.code, 'UPSTREAM_TIMEOUT')
  answer(0)
  assert.equal(target.started.length, 1)
})

test('who leaves the queue is answered, never started, and its place is free on the next tick', () => {
  const { world, target, ask, answer } = full()
  const a = ask({ requestId: 'a' })
  ask({ requestId: 'b' })
  a.x.cancel(new Fault('CLIENT_GONE'))
  assert.equal(a.reply?.fault?.code, 'CLIENT_GONE')
  world.pass(200)
  assert.equal(ask({ requestId: 'c' }).reply, undefined)
  answer(0)
  answer(1)
  assert.deepEqual(ids(target), ['first', 'b', 'c'])
  assert.deepEqual(
    target.outcomes.filter(outcome => outcome.startsWith('cancelled')),
    [],
  )
})

test('a target without room holds up only those who want it', () => {
  const { targets, ask } = setup([1, 1], { maxInFlight: 1, maxQueued: 9 })
  for (const requestId of ['a', 'b', 'c', 'd']) ask({ requestId })
  assert.deepEqual(targets.map(ids), [['a'], ['b']])
  targets[1]!.started[0]!.over()
  targets[1]!.onRoom?.()
  assert.deepEqual(targets.map(ids), [['a'], ['b', 'd']])
})

test('a Service made for a Plan that never serves does not hold up the queue of the one that does', () => {
  const { world, target, ask, answer } = full()
  const member = { state: target, hostLine: '', basePath: '', label: 't0', weight: 1 }
  new Service({ ...OPTIONS, maxInFlight: 1, maxQueued: 2 }, [member], world)
  ask({ requestId: 'a' })
  answer(0)
  assert.deepEqual(ids(target), ['first', 'a'])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '../base/errors.ts'
import { headersOf } from '../base/headers.ts'
import { fakeSource, fakeTimers } from '../base/testing.ts'
import type { Exchange } from '../core/exchange.ts'
import { Later } from '../core/maybe.ts'
import { Reply } from '../core/reply.ts'
import { isIdentityField } from '../http1/serialize.ts'
import { pickerFor } from './balance/picker-for.ts'
import { Cells, moment, OWN, TARGET } from './cells.ts'
import { Chooser } from './chooser.ts'
import { Load } from './load.ts'
import type { Member } from './member.ts'
import { viaOf } from './request-head.ts'
import { Service, type ServiceOptions } from './service.ts'
import { exchange, FakeTarget, fakeWorld, memberOf } from './testing.ts'
import { type Breaker, type Outcome, REFUSED } from './watch.ts'

const OPTIONS: ServiceOptions = {
  name: 'api',
  preserveHost: false,
  via: '',
  dropField: isIdentityField,
  maxTotal: 0,
  boundedOpen: false,
  maxQueued: 0,
  waitMs: 1000,
  totalMs: 0,
  deadlineHeader: '',
}

interface Setup extends Partial<ServiceOptions> {
  readonly maxInFlight?: number
  readonly breaker?: Breaker
  readonly member?: Partial<Member>
}

const setup = (weights: readonly number[], { maxInFlight = 0, breaker, member, ...options }: Setup = {}) => {
  const world = fakeWorld()
  const targets = weights.map((_, i) => new FakeTarget(`t${i}`, world))
  const cells = new Cells(Cells.create(2, weights.length))
  const members = targets.map((state, i) =>
    memberOf(state, i, cells, { basePath: `/base${i}`, weight: weights[i]!, ...member }),
  )
  const make = pickerFor(
    { kind: 'round-robin' },
    { cells, random: () => 0, now: () => moment(world.sharedNow()), inFlight: ({ load }) => load.total() },
  ).make
  const serviceOf = (): Service => {
    const chooser = new Chooser(
      { make, slowStartMs: 0, panic: 0, maxInFlight, boundedOpen: false, onPanic() {} },
      cells,
      members,
    )
    return new Service({ ...OPTIONS, ...options }, { chooser, breaker: breaker ?? null, cells }, members, world)
  }
  const service = serviceOf()
  /** Starts a request; its answer is in `reply` once there is one. */
  const ask = (given: Partial<Exchange> = {}, totalMs = 0, tried: Member[] | null = null, perTryMs = 0) => {
    const x = exchange({ method: 'GET', startedAt: world.clock.now(), ...given })
    const asked: { x: Exchange; reply: Reply | undefined } = { x, reply: undefined }
    const answer = service.send(x, { path: () => '/p', hostLine: '', totalMs, perTryMs }, tried)
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
  return { world, targets, service, serviceOf, ask, cells, members }
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
  assert.deepEqual([next(), next()].toSorted(), ['http://t0', 'http://t1'])
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

/** Two workers and what they share: one target with room for one. */
const twoWorkers = () => {
  const memory = Cells.create(2, 1)
  const workerOf = (worker: number) => {
    const base = fakeWorld()
    const timers = fakeTimers(base.clock)
    const pass = (ms: number): void => {
      base.pass(ms)
      timers.fire()
    }
    const world = { ...base, worker, after: timers.after, pass }
    const cells = new Cells(memory)
    const target = new FakeTarget('t', world)
    const members = [memberOf(target, 0, cells, { load: new Load(cells, 0, worker) })]
    const only: Member = members[0]!
    const choosing = {
      make: () => ({ pick: () => only }),
      slowStartMs: 0,
      panic: 0,
      maxInFlight: 1,
      boundedOpen: false,
      onPanic() {},
    }
    const chooser = new Chooser(choosing, cells, members)
    const service = new Service({ ...OPTIONS, maxQueued: 9 }, { chooser, breaker: null, cells }, members, world)
    const ask = () =>
      service.send(exchange({ method: 'GET' }), { path: () => '/', hostLine: '', totalMs: 0, perTryMs: 0 }, null)
    return { world, timers, cells, target, ask }
  }
  return [workerOf(0), workerOf(1)] as const
}

/** One target with room for one, which is taken. */
const full = (options: Setup = {}) => {
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
  const { world, target, ask, cells } = full()
  // As if the first one had been the other worker's.
  cells.words[cells.targetColumn(0, 0) + OWN.inFlight] = 0
  cells.words[cells.targetColumn(0, 1) + OWN.inFlight] = 1
  ask({ requestId: 'a' })
  world.pass(200)
  assert.deepEqual(ids(target), ['first'])
  cells.words[cells.targetColumn(0, 1) + OWN.inFlight] = 0
  world.pass(200)
  assert.deepEqual(ids(target), ['first', 'a'])
})

test('who waits longer than the queue allows is turned away, never earlier', () => {
  const { world, ask } = full({ waitMs: 1000 })
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

test('whose time is over is told so however much comes and goes between a tick and its visit', () => {
  const { world, ask, answer } = full({ waitMs: 60_000, maxQueued: 99 })
  for (let i = 0; i < 40; i++) ask()
  const last = ask({ deadlineAt: world.clock.now() + 500 })
  for (let n = 0; n < 8; n++) {
    world.clock.advance(200)
    ask()
    answer(n)
    world.wheel.advance()
  }
  assert.equal(last.reply?.fault?.code, 'UPSTREAM_TIMEOUT')
})

test('a deadline that passes in the queue is a timeout', () => {
  const { world, ask, target, answer } = full({ totalMs: 500, waitMs: 5000 })
  const a = ask()
  world.pass(600)
  assert.equal(a.reply?.fault?.code, 'UPSTREAM_TIMEOUT')
  answer(0)
  assert.equal(target.started.length, 1)
})

test('who leaves the queue is answered, never started, and its place is free', () => {
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

test('who leaves a full queue makes room at once', () => {
  const { ask } = full()
  const a = ask()
  ask()
  a.x.cancel(new Fault('CLIENT_GONE'))
  assert.equal(ask().reply, undefined)
  assert.equal(ask().reply?.fault?.code, 'OVERLOADED')
})

test('neither who comes nor who leaves looks at all who wait, however many they are', () => {
  const { ask, answer } = full({ maxQueued: 100 })
  let looks = 0
  for (let i = 0; i < 100; i++)
    Object.defineProperty(ask().x, 'deadlineAt', {
      get() {
        looks++
        return 0
      },
    })
  looks = 0
  ask()
  answer(0)
  ask()
  ask()
  assert.ok(looks < 20, `${looks} looks`)
})

test('who waits goes to whichever target has room first', () => {
  const { targets, ask } = setup([1, 1], { maxInFlight: 1, maxQueued: 9 })
  for (const requestId of ['a', 'b', 'c', 'd']) ask({ requestId })
  assert.deepEqual(targets.map(ids), [['a'], ['b']])
  targets[1]!.started[0]!.over()
  targets[1]!.onRoom?.()
  assert.deepEqual(targets.map(ids), [['a'], ['b', 'c']])
})

test('the places in the queue are counted over all workers, and given back', () => {
  const { cells, ask, world } = full()
  const [mine, theirs] = [0, 1].map(worker => cells.column(worker) + OWN.queued)
  cells.words[theirs!] = 1
  const a = ask()
  assert.equal(ask().reply?.fault?.code, 'OVERLOADED')
  assert.equal(cells.words[mine!], 1)
  a.x.cancel(new Fault('CLIENT_GONE'))
  assert.equal(cells.words[mine!], 0, 'at once: others may be waiting in another worker')
  world.pass(200)
  assert.equal(cells.words[mine!], 0)
})

for (const [how, end] of [
  ['turned away', ({ world }: ReturnType<typeof full>) => world.pass(800)],
  ['sent on their way', ({ answer }: ReturnType<typeof full>) => answer(0)],
] as const) {
  test(`one who is ${how} gives one place in the queue back`, () => {
    const it = full({ waitMs: 1000 })
    const mine = it.cells.column(0) + OWN.queued
    it.ask()
    it.world.pass(400)
    it.ask()
    assert.equal(it.cells.words[mine], 2)
    end(it)
    assert.equal(it.cells.words[mine], 1)
  })
}

test('a worker that waits with nothing under way goes before one that hears of room first', () => {
  const [busy, idle] = twoWorkers()
  const answer = (): void => {
    busy.target.started.at(-1)!.over()
    busy.target.onRoom?.()
  }
  for (let i = 0; i < 3; i++) busy.ask()
  idle.ask()
  assert.deepEqual([busy.target.started.length, idle.target.started.length], [1, 0])
  answer()
  busy.ask()
  idle.world.pass(200)
  assert.deepEqual([busy.target.started.length, idle.target.started.length], [1, 1])
  idle.target.started[0]!.over()
  idle.target.onRoom?.()
  busy.world.pass(200)
  answer()
  assert.deepEqual([busy.target.started.length, idle.target.started.length], [3, 1])
})

test('a worker that says it waits, and is dead, holds up nobody for longer than a look', () => {
  const [busy, dead] = twoWorkers()
  for (let i = 0; i < 2; i++) busy.ask()
  dead.cells.words[dead.cells.column(1) + OWN.queued] = 1
  busy.target.started[0]!.over()
  busy.target.onRoom?.()
  busy.world.clock.advance(2)
  busy.timers.fire()
  assert.equal(busy.target.started.length, 2)
})

test('requests in flight are bounded for the service as a whole, over all workers', () => {
  const { cells, targets, ask } = setup([1, 1], { maxTotal: 2, maxQueued: 9 })
  cells.words[cells.column(1) + OWN.inFlight] = 1
  for (const requestId of ['a', 'b']) ask({ requestId })
  assert.deepEqual(targets.map(ids), [['a'], []])
  targets[0]!.started[0]!.over()
  targets[0]!.onRoom?.()
  assert.deepEqual(targets.map(ids), [['a'], ['b']])
})

test('a Service made for a Plan that never serves does not hold up the queue of the one that does', () => {
  const { target, ask, answer, serviceOf } = full()
  serviceOf()
  ask({ requestId: 'a' })
  answer(0)
  assert.deepEqual(ids(target), ['first', 'a'])
})

// --- who may be asked ---

test('a target that is unhealthy, draining or ejected gets nothing until it is well again', () => {
  const { cells, ask, world } = setup([1, 1])
  const upstreams = (): string[] => [ask().x.upstream, ask().x.upstream]
  const set = (word: number, value: number): void => {
    cells.words[cells.target(0) + word] = value
    cells.changed()
  }
  for (const word of [TARGET.unhealthy, TARGET.draining, TARGET.ejected]) {
    set(TARGET.ejectedUntil, moment(world.sharedNow() + 60_000))
    set(word, 1)
    assert.deepEqual(upstreams(), ['http://t1', 'http://t1'])
    set(word, 0)
    assert.deepEqual(upstreams().sort(), ['http://t0', 'http://t1'])
  }
})

test('an ejection that ends is seen without anybody saying so', () => {
  const { cells, ask, world } = setup([1])
  cells.words[cells.target(0) + TARGET.ejected] = 1
  cells.words[cells.target(0) + TARGET.ejectedUntil] = moment(world.sharedNow() + 1000)
  cells.changed()
  const { reply } = ask()
  assert.deepEqual([reply?.fault?.code, reply?.header('retry-after')], ['NO_HEALTHY_TARGET', '1'])
  world.clock.advance(1020)
  assert.equal(ask().reply, undefined)
})

test('a retry goes to another target, and to the same where there is but one', () => {
  const { ask, members } = setup([1, 1])
  const tried = [members[0]!]
  assert.equal(ask({}, 0, tried).x.upstream, 'http://t1')
  assert.equal(tried.length, 2)
  const single = setup([1])
  assert.equal(single.ask({}, 0, [single.members[0]!]).x.upstream, 'http://t0')
})

test('with other targets, requests under way end at the old ones and new ones go to the new', () => {
  const { service, ask, members, targets } = setup([1, 1])
  const a = ask()
  service.update([members[1]!])
  assert.deepEqual([ask().x.upstream, ask().x.upstream], ['http://t1', 'http://t1'])
  targets[0]!.started[0]!.succeed(new Reply(200))
  assert.equal(a.reply?.status, 200)
  service.update([])
  assert.equal(ask().reply?.fault?.code, 'NO_HEALTHY_TARGET')
})

// --- breakers ---

/** Lets in as many as `places`; writes down what it is told. */
const fakeBreaker = (places: number): Breaker & { readonly told: string[] } => {
  const told: string[] = []
  let permits = 0
  return {
    told,
    enter: () => (permits < places ? permits++ : REFUSED),
    leave: (permit: number, outcome: Outcome) => void told.push(`${permit} ${outcome}`),
    admits: () => true,
    waitMs: () => 2400,
  }
}

test('an open circuit answers at once and says when to come again', () => {
  const { ask, targets } = setup([1], { breaker: fakeBreaker(0) })
  const { reply, x } = ask()
  assert.deepEqual([reply?.fault?.code, reply?.header('retry-after'), x.outcome], ['CIRCUIT_OPEN', '3', 'unsent'])
  assert.equal(targets[0]!.started.length, 0)
})

test('every permit is given back once, whatever becomes of the request', () => {
  const breaker = fakeBreaker(9)
  const { ask, targets, world, cells } = setup([1], { breaker, maxInFlight: 3, maxQueued: 1 })
  ask()
  ask()
  const gone = ask()
  const waits = ask()
  ask() // finds the queue full
  targets[0]!.started[0]!.succeed(new Reply(503))
  targets[0]!.started[1]!.connectFailed('ECONNREFUSED')
  gone.x.cancel(new Fault('CLIENT_GONE'))
  waits.x.cancel(new Fault('CLIENT_GONE'))
  cells.words[cells.target(0) + TARGET.draining] = 1
  cells.changed()
  world.pass(200)
  ask() // finds nobody
  assert.deepEqual(breaker.told.toSorted(), ['0 error', '1 connect', '2 cancelled', '3 unsent', '4 unsent', '5 unsent'])
})

test('a target whose breaker has no place is passed over; with none left, nobody is healthy', () => {
  const breakers = [fakeBreaker(1), fakeBreaker(1)]
  const { ask, members, service } = setup([1, 1])
  service.update(members.map((member, i) => ({ ...member, breaker: breakers[i]! })))
  assert.deepEqual([ask().x.upstream, ask().x.upstream], ['http://t0', 'http://t1'])
  assert.equal(ask().reply?.fault?.code, 'NO_HEALTHY_TARGET')
})

test('whoever watches a target learns how each try there ended', () => {
  const told: string[] = []
  const { ask, targets } = setup([1], {
    member: { watches: [{ ended: (outcome, ms) => void told.push(`${outcome} ${ms}`) }] },
  })
  ask()
  ask()
  targets[0]!.started[0]!.succeed(new Reply(200))
  targets[0]!.started[1]!.fail(new Fault('UPSTREAM_TIMEOUT'))
  assert.deepEqual(told, ['answered 0', 'timeout 0'])
})

test('what is in flight is counted for the service and the target, and taken off again', () => {
  const { ask, targets, cells, members } = setup([1])
  ask()
  assert.deepEqual([cells.serviceSum(OWN.inFlight), members[0]!.load.total()], [1, 1])
  targets[0]!.started[0]!.succeed(new Reply(200))
  targets[0]!.started[0]!.over()
  assert.deepEqual([cells.serviceSum(OWN.inFlight), members[0]!.load.total()], [0, 0])
})

test('the service is told how long there is left, and a client that has less time is heeded', () => {
  const deadlineHeader = 'x-request-timeout-ms'
  const told = (given: Partial<Exchange>, totalMs: number, perTryMs = 0): string | undefined => {
    const { ask, targets } = setup([1], { deadlineHeader, totalMs })
    ask(given, 0, null, perTryMs)
    return /x-request-timeout-ms: (.*)\r/i.exec(targets[0]!.started[0]!.head)?.[1]
  }
  const headers = headersOf([[deadlineHeader, '300']])
  assert.equal(told({}, 0), undefined)
  assert.equal(told({}, 500), '500')
  assert.equal(told({}, 500, 200), '200')
  // Of which nobody knows when it begins, while the client is sending.
  assert.equal(told({ body: fakeSource(9) }, 500, 200), '500')
  assert.equal(told({ headers }, 500), '300')
  assert.equal(told({ headers }, 200), '200')
  assert.equal(told({ headers: headersOf([[deadlineHeader, 'soon']]) }, 200), '200')
})

test('a client that gives no time cannot open the circuit, the configuration can', () => {
  const deadlineHeader = 'x-request-timeout-ms'
  const told = (given: Partial<Exchange>): readonly string[] => {
    const breaker = fakeBreaker(1)
    const { ask, targets, world } = setup([1], { deadlineHeader, totalMs: 500, breaker })
    ask(given)
    world.pass(600)
    targets[0]!.started[0]!.fail(new Fault('UPSTREAM_TIMEOUT'))
    return breaker.told
  }
  assert.deepEqual(told({ headers: headersOf([[deadlineHeader, '1']]) }), ['0 cancelled'])
  assert.deepEqual(told({ headers: headersOf([[deadlineHeader, '600']]) }), ['0 timeout'])
  assert.deepEqual(told({}), ['0 timeout'])
})

test('what a client said it will wait counts for the service that is asked instead, which has no header for it', () => {
  const deadlineHeader = 'x-request-timeout-ms'
  const first = setup([1], { deadlineHeader, totalMs: 200 })
  const { x } = first.ask({ headers: headersOf([[deadlineHeader, '300']]) })
  assert.equal(x.deadlineAt, x.startedAt + 200)
  // As a fallback does: the time that the first service had is not that of the second.
  x.deadlineAt = 0
  const breaker = fakeBreaker(1)
  const second = setup([1], { totalMs: 500, breaker })
  second.world.pass(first.world.clock.now() - second.world.clock.now())
  assert.ok(second.service.send(x, { path: () => '/p', hostLine: '', totalMs: 0, perTryMs: 0 }, null) instanceof Later)
  assert.equal(x.deadlineAt, x.startedAt + 300)
  second.world.pass(301)
  second.targets[0]!.started[0]!.fail(new Fault('UPSTREAM_TIMEOUT'))
  assert.deepEqual(breaker.told, ['0 cancelled'])
})

test('whether one more try would be let in is what the breaker says', () => {
  assert.equal(setup([1]).service.admits(), true)
  for (const admits of [true, false]) {
    const breaker = { ...fakeBreaker(1), admits: () => admits }
    assert.equal(setup([1], { breaker }).service.admits(), admits)
  }
})

test('a request whose time is over is not sent any more', () => {
  const { ask, targets, world } = setup([1], { totalMs: 500 })
  const { x, reply } = ask({ startedAt: world.clock.now() - 500 })
  assert.deepEqual([reply?.fault?.code, x.outcome, targets[0]!.started.length], ['UPSTREAM_TIMEOUT', 'unsent', 0])
})

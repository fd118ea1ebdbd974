import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../base/errors.ts'
import { HeaderEdits, headersOf } from '../../base/headers.ts'
import type { AggregateRequest } from '../../core/code/aggregate-request.ts'
import { Exchange } from '../../core/exchange.ts'
import { FakeServices, reset, turn } from '../testing/fake-services.ts'
import { someone } from '../testing/inputs.ts'
import { aggregateSpec, branchSpec, ref } from '../testing/specs.ts'
import { type Code, runTyped } from '../testing/typed-run.ts'

type Branches = Readonly<Record<string, { ok: boolean; data?: unknown; reason?: string; fell?: boolean }>>

type Make = NonNullable<Code['reply']>

const reply = (make: (branches: Branches, request: AggregateRequest) => unknown): Make => make as unknown as Make

const INTERNAL = ['INTERNAL', '']

const exchange = (): Exchange => {
  const x = new Exchange()
  x.requestId = 'id-1'
  x.method = 'GET'
  x.path = '/dashboard/7'
  x.query = '?page=2&page=3'
  x.paramNames = ['id', '__proto__', 'bad']
  x.params = ['a%20b', 'x', '%ff']
  x.headers = headersOf([
    ['x-tenant', 'one'],
    ['x-consumer', 'forged'],
    ['x-claim-org', 'forged'],
    ['authorization', 'Bearer secret'],
  ])
  x.requestEdits = new HeaderEdits()
  x.requestEdits.remove('authorization')
  x.requestEdits.set('x-consumer', 'app')
  return x
}

test('a reply gets what became of each branch, and makes the body', async () => {
  let given: Branches = {}
  const spec = aggregateSpec([
    branchSpec('user', { required: true }),
    branchSpec('orders'),
    branchSpec('fell', { fallback: { kind: 'value', value: [] } }),
    branchSpec('held', { fallback: { kind: 'value', value: [] } }),
    branchSpec('out', { when: [{ ref: ref('query.none'), values: [], not: false }] }),
  ])
  const { run } = runTyped(
    spec,
    {
      reply: reply(branches => {
        given = branches
        return { ok: true }
      }),
    },
    {
      user: { body: '{"id":1}', status: 201 },
      orders: { status: 503 },
      fell: { fault: reset },
      held: { body: '[1]' },
    },
  )
  await turn()
  assert.deepEqual(run.answer, [200, '{"ok":true}'])
  assert.equal(run.partial, 'orders;reason=status;status=503, fell;reason=connect')
  assert.equal(run.reply?.header('cache-control'), 'no-store')
  assert.deepEqual(given, {
    user: { ok: true, data: { id: 1 }, status: 201 },
    orders: { ok: false, reason: 'status', status: 503, afterMs: 0 },
    fell: { ok: true, data: [], status: 0, fell: true },
    held: { ok: true, data: [1], status: 200, fell: false },
    out: { ok: false, reason: 'left out', status: 0, afterMs: 0 },
  })
})

test('a reply is not called when a required branch fails, or none has data', async () => {
  let called = 0
  const code = { reply: reply(() => called++) }
  const failed = runTyped(aggregateSpec([branchSpec('a', { required: true }), branchSpec('b')]), code, {
    a: { status: 500 },
  })
  const empty = runTyped(aggregateSpec([branchSpec('a')]), code, { a: { status: 500 } })
  await turn()
  assert.equal(failed.run.answer[0], 'BRANCH_FAILED')
  assert.equal(empty.run.answer[0], 'BRANCH_FAILED')
  assert.equal(called, 0)
  const answered = runTyped(aggregateSpec([branchSpec('a')], { whenEmpty: 'answer' }), code, { a: { status: 500 } })
  await turn()
  assert.deepEqual(answered.run.answer, [200, '0'])
})

test('a reply knows the request', async () => {
  const seen: unknown[] = []
  const x = exchange()
  x.identity = someone({
    subject: 'u1',
    consumer: 'app',
    roles: new Set(['reader']),
    scopes: new Set(['a', 'b']),
    claims: { sub: 'u1', org: { ids: [1] } },
  })
  let kept: AggregateRequest | undefined
  const code = {
    reply: reply((_branches, request) => {
      kept = request
      seen.push(request.id, request.method, request.path, request.params['id'], request.params['bad'])
      seen.push(request.query.getAll('page'), request.header('X-Tenant'), request.header('authorization'))
      seen.push(request.header('x-consumer'), request.header('X-Claim-Org'), request.header(''))
      seen.push(request.subject, request.consumer, request.roles, request.scopes, request.claims)
      seen.push(Object.keys(request.params), request.signal.aborted)
      return 1
    }),
  }
  const { run } = runTyped(aggregateSpec([branchSpec('a')]), code, {}, x)
  await turn()
  assert.deepEqual(run.answer, [200, '1'])
  assert.deepEqual(seen, [
    ...['id-1', 'GET', '/dashboard/7', 'a b', '%ff'],
    ...[['2', '3'], 'one', undefined],
    ...['app', undefined, undefined],
    ...['u1', 'app', ['reader'], ['a', 'b'], { sub: 'u1', org: { ids: [1] } }],
    ...[['id', '__proto__', 'bad'], false],
  ])
  // Headers are those of another request by then, and the claims those of all with this credential.
  assert.equal(kept?.header('x-tenant'), undefined)
  const { claims } = kept as AggregateRequest
  assert.throws(() => Object.assign(claims, { sub: 'root' }), TypeError)
  assert.throws(() => (claims['org'] as { ids: number[] }).ids.push(2), TypeError)
})

test('without an identity there are no claims', async () => {
  const code = { reply: reply((_branches, { claims, subject, roles }) => [claims, subject, roles]) }
  const { run } = runTyped(aggregateSpec([branchSpec('a')]), code)
  await turn()
  assert.deepEqual(run.answer, [200, '[{},"",[]]'])
})

const wrong: readonly (readonly [what: string, make: (branches: Branches) => unknown, log: RegExp])[] = [
  [
    'it throws',
    () => {
      throw new Error('my secret')
    },
    /my secret\n +at/,
  ],
  [
    'it throws no error',
    () => {
      throw 'my secret'
    },
    /^my secret$/,
  ],
  ['it rejects', async () => Promise.reject(new Error('my secret')), /my secret\n +at/],
  ['it gives nothing', () => undefined, /there is nothing/],
  ['it gives nothing later', async () => undefined, /there is nothing/],
  ['what it gives is no JSON', () => ({ total: Number.NaN }), /"total" is NaN/],
  ['what it gives later is no JSON', async () => new Map(), /an instance of Map/],
  ['it uses what is missing', ({ b }) => (b!.data as { x: number }).x, /Cannot read properties of undefined/],
  [
    'what it throws cannot be looked at',
    () => {
      throw {
        toString() {
          throw new Error('trap')
        },
      }
    },
    /cannot be shown/,
  ],
]

for (const [what, make, log] of wrong) {
  test(`500 for this request alone, and a line in the log: ${what}`, async () => {
    const spec = aggregateSpec([branchSpec('a'), branchSpec('b')])
    const { run, lines } = runTyped(spec, { reply: reply(make) }, { b: { status: 500 } }, exchange())
    await turn()
    await turn()
    assert.deepEqual(run.answer, INTERNAL)
    assert.deepEqual(
      lines.map(({ level, message, fields }) => [level, message, fields['route'], fields['requestId']]),
      [['error', 'the reply of an aggregate failed', 'dashboard', 'id-1']],
    )
    assert.match(String(lines[0]?.fields['error']), log)
  })
}

test('a reply may take what is left of the deadline', async () => {
  const spec = aggregateSpec([branchSpec('a')], { deadlineMs: 300 })
  const services = new FakeServices()
  const slow = (ms: number): Make =>
    reply(() => new Promise(resolve => services.timers.after(ms, () => resolve('done'))))
  const good = runTyped(spec, { reply: slow(299) }, {}, exchange(), services)
  const late = runTyped(spec, { reply: slow(301) }, {}, exchange(), services)
  await services.pass(300)
  assert.deepEqual([good.run.at, good.run.answer], [299, [200, '"done"']])
  assert.deepEqual([late.run.at, late.run.answer], [300, INTERNAL])
  assert.match(String(late.lines[0]?.fields['error']), /took longer than the 300 ms/)
  await services.pass(10)
  assert.equal(services.timers.pending, 0)
})

test('after a slow branch a reply has 100 ms all the same', async () => {
  const spec = aggregateSpec([branchSpec('a'), branchSpec('slow')], { deadlineMs: 300 })
  const services = new FakeServices()
  const plays = { slow: { after: Number.POSITIVE_INFINITY } }
  const slow = (ms: number): Make =>
    reply(() => new Promise(resolve => services.timers.after(ms, () => resolve('done'))))
  const good = runTyped(spec, { reply: slow(99) }, plays, exchange(), services)
  const late = runTyped(spec, { reply: slow(101) }, plays, exchange(), services)
  await services.pass(401)
  assert.deepEqual([good.run.at, good.run.answer], [399, [200, '"done"']])
  assert.deepEqual([late.run.at, late.run.answer], [400, INTERNAL])
  assert.equal(good.run.partial, 'slow;reason=timeout;after=300')
})

test('the signal is pulled when the time is over, and what fails then is heard by nobody', async () => {
  const spec = aggregateSpec([branchSpec('a')], { deadlineMs: 300 })
  const services = new FakeServices()
  let aborts = 0
  const make = reply(
    (_branches, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborts++
          reject(signal.reason)
        })
      }),
  )
  const { run, lines } = runTyped(spec, { reply: make }, {}, exchange(), services)
  await services.pass(400)
  assert.deepEqual(run.answer, INTERNAL)
  assert.equal(aborts, 1)
  assert.equal(lines.length, 1)
})

test('a client that leaves while a reply waits ends it', async () => {
  const x = exchange()
  const gone = new Fault('CLIENT_GONE', 'the client left')
  let aborted = false
  let finish = (_value: unknown): void => {}
  const make = reply((_branches, { signal }) => {
    signal.addEventListener('abort', () => {
      aborted = true
    })
    return new Promise(resolve => {
      finish = resolve
    })
  })
  const { run, lines, services } = runTyped(aggregateSpec([branchSpec('a')]), { reply: make }, {}, x)
  await turn()
  assert.equal(run.at, -1)
  x.cancel(gone)
  assert.equal(run.answer[0], 'CLIENT_GONE')
  assert.equal(aborted, true)
  finish('too late')
  await services.pass(1000)
  assert.deepEqual(lines, [])
  assert.equal(x.onCancel, null)
  assert.equal(services.timers.pending, 0)
})

test('a signal that is asked for after the end is pulled already', async () => {
  let signal = (): AbortSignal | undefined => undefined
  const make = reply((_branches, request) => {
    signal = () => request.signal
    return new Promise(() => {})
  })
  const { services } = runTyped(aggregateSpec([branchSpec('a')]), { reply: make })
  await turn()
  await services.pass(1000)
  assert.equal(signal()?.aborted, true)
})

test('a signal that nobody asked for is not pulled, and a reply that is done is not given up', async () => {
  let signal: AbortSignal | undefined
  const make = reply(async (_branches, request) => {
    signal = request.signal
    return 1
  })
  const { run, services } = runTyped(aggregateSpec([branchSpec('a')]), { reply: make })
  await turn()
  assert.equal(services.timers.pending, 0)
  await services.pass(1000)
  assert.deepEqual(run.answer, [200, '1'])
  assert.equal(signal?.aborted, false)
})

test('_meta is added behind the members of the reply', async () => {
  const spec = aggregateSpec([branchSpec('a')], { meta: true })
  const meta = '"_meta":{"complete":true,"branches":{"a":{"status":"ok","ms":0,"httpStatus":200}}}'
  const bodies: readonly (readonly [value: unknown, body: string | null])[] = [
    [{ x: 1 }, `{"x":1,${meta}}`],
    [{}, `{${meta}}`],
    [[1], null],
    ['text', null],
    [{ _meta: 1 }, null],
  ]
  for (const [value, body] of bodies) {
    const { run } = runTyped(spec, { reply: reply(() => value) })
    await turn()
    assert.deepEqual(run.answer, body === null ? INTERNAL : [200, body])
  }
})

test('fallbacks that a reply changes are not changed for others', async () => {
  const spec = aggregateSpec([branchSpec('a', { fallback: { kind: 'value', value: [1] } })], { whenEmpty: 'answer' })
  const make = reply(({ a }) => {
    const list = a?.data as number[]
    list.push(2)
    return list
  })
  for (let i = 0; i < 2; i++) {
    const { run } = runTyped(spec, { reply: make }, { a: { status: 500 } })
    await turn()
    assert.deepEqual(run.answer, [200, '[1,2]'])
  }
})

test('a spec of other branches than the code has is refused', () => {
  const spec = aggregateSpec([branchSpec('a')])
  assert.throws(() => runTyped(spec, { branches: ['b'] }), /other branches each time/)
})

test('an answer that is much larger than what it was made of counts; without room it is not given', () => {
  const make = reply(() => 'x'.repeat(100_000))
  const services = new FakeServices()
  services.mostHeld = 150_000
  const runs = [0, 1].map(
    () => runTyped(aggregateSpec([branchSpec('a')]), { reply: make }, {}, new Exchange(), services).run,
  )
  assert.deepEqual(
    runs.map(run => run.answer[0]),
    [200, 'OVERLOADED'],
  )
  assert.equal(services.held.bytes, 100_002 + 2)
  for (const { x } of runs) x.holding?.release()
  assert.equal(services.held.bytes, 0)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeServices, turn } from '../testing/fake-services.ts'
import { aggregateSpec, branchSpec, ref } from '../testing/specs.ts'
import { runTyped } from '../testing/typed-run.ts'

/** What a schema makes of data: a part of it, and a date. */
const part = (value: unknown): unknown => ({ value: { id: (value as { id: unknown }).id, at: new Date(0) } })
const refuse = (): unknown => ({ issues: [{ message: 'no' }] })

test('without a reply the answer is made of what the schemas left', async () => {
  const spec = aggregateSpec([branchSpec('a'), branchSpec('b')])
  const { run } = runTyped(
    spec,
    { schemas: { a: part } },
    { a: { body: '{"id":1,"secret":2}' }, b: { body: '{ "as": "is" }' } },
  )
  await turn()
  assert.deepEqual(run.answer, [200, '{"a":{"id":1,"at":"1970-01-01T00:00:00.000Z"},"b":{ "as": "is" }}'])
})

test('what cannot be written is missing where the answer is made of it', async () => {
  const { run, lines } = runTyped(aggregateSpec([branchSpec('a'), branchSpec('b')]), {
    schemas: { a: () => ({ value: { users: new Map() } }) },
  })
  await turn()
  assert.deepEqual(run.answer, [200, '{"a":null,"b":{}}'])
  assert.equal(run.partial, 'a;reason=invalid')
  assert.deepEqual(
    lines.map(({ message }) => message),
    ['the schema of branch "a" failed'],
  )
})

test('other branches refer to what the schema left', async () => {
  const b = branchSpec('b', { path: ['/b/', ref('branches.a.at'), '/', ref('branches.a.id')] })
  const c = branchSpec('c', { path: ['/c/', ref('branches.a.secret')] })
  const { run, services } = runTyped(
    aggregateSpec([branchSpec('a'), b, c]),
    { schemas: { a: part } },
    { a: { body: '{"id":1,"secret":2}' } },
  )
  await turn()
  assert.deepEqual(
    services.visits.map(({ x }) => x.path),
    ['/a', '/b/1970-01-01T00%3A00%3A00.000Z/1'],
  )
  assert.equal(run.partial, 'c;reason=invalid')
})

test('what a schema refuses is missing, as the metrics say too; its fallback stands in', async () => {
  const spec = aggregateSpec([
    branchSpec('a'),
    branchSpec('b', { fallback: { kind: 'value', value: ['stands in'] } }),
    branchSpec('c'),
  ])
  const { run, services, lines } = runTyped(spec, { schemas: { a: refuse, b: refuse } })
  await turn()
  assert.deepEqual(run.answer, [200, '{"a":null,"b":["stands in"],"c":{}}'])
  assert.equal(run.partial, 'a;reason=invalid, b;reason=invalid')
  assert.deepEqual(
    services.outcomes.map(([branch, outcome]) => [branch, outcome]),
    [
      ['a', 'invalid'],
      ['b', 'invalid'],
      ['c', 'ok'],
    ],
  )
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['warn', 'warn'],
  )
})

test('a required branch whose answer is refused fails the whole at once', async () => {
  const spec = aggregateSpec([branchSpec('a', { required: true }), branchSpec('slow')])
  const { run, services } = runTyped(spec, { schemas: { a: refuse } }, { slow: { after: 400 } })
  await turn()
  assert.deepEqual(run.answer, ['BRANCH_FAILED', { branch: 'a', reason: 'invalid', branchStatus: 200 }])
  assert.equal(run.at, 0)
  assert.deepEqual(services.visits[1]?.cancels, [0])
})

/** A schema that answers after a while. */
const slow = (services: FakeServices, ms: number, result: unknown) => (): Promise<unknown> =>
  new Promise(resolve => services.timers.after(ms, () => resolve(result)))

test('a schema may take its time, and other branches wait for it', async () => {
  const services = new FakeServices()
  const spec = aggregateSpec([branchSpec('a'), branchSpec('b', { path: ['/', ref('branches.a.id')] })])
  const schemas = { a: slow(services, 100, { value: { id: 7 } }) }
  const { run } = runTyped(spec, { schemas }, {}, undefined, services)
  await services.pass(99)
  assert.equal(services.visits.length, 1)
  await services.pass(1)
  assert.equal(services.visits[1]?.x.path, '/7')
  assert.deepEqual([run.at, run.answer], [100, [200, '{"a":{"id":7},"b":{}}']])
  assert.equal(services.timers.pending, 0)
})

test('a schema that takes longer than its branch may, or than the whole, is not waited for', async () => {
  const services = new FakeServices()
  const spec = aggregateSpec([branchSpec('short', { timeoutMs: 50 }), branchSpec('long'), branchSpec('good')], {
    deadlineMs: 200,
  })
  const never = slow(services, 1000, { value: 1 })
  const { run } = runTyped(
    spec,
    { schemas: { short: never, long: never, good: slow(services, 199, { value: 2 }) } },
    {},
    undefined,
    services,
  )
  await services.pass(200)
  assert.deepEqual([run.at, run.answer], [200, [200, '{"short":null,"long":null,"good":2}']])
  assert.equal(run.partial, 'short;reason=timeout;after=50, long;reason=timeout;after=200')
  // What it says then is heard by nobody.
  await services.pass(1000)
  assert.deepEqual(
    services.outcomes.map(([, outcome]) => outcome),
    ['timeout', 'ok', 'timeout'],
  )
})

test('the same request is asked once, and each branch has its own schema', async () => {
  const twins = { service: 'same', path: ['/same'] }
  const spec = aggregateSpec([branchSpec('a', twins), branchSpec('b', twins)])
  const { run, services } = runTyped(
    spec,
    { schemas: { a: () => ({ value: 'A' }), b: refuse } },
    { a: { body: '{"id":1}' } },
  )
  await turn()
  assert.equal(services.visits.length, 1)
  assert.deepEqual(run.answer, [200, '{"a":"A","b":null}'])
})

test('hostile answers: a schema sees no __proto__ and no number that is another', async () => {
  const seen: unknown[] = []
  const look = (value: unknown): unknown => {
    seen.push(value)
    return { value: null }
  }
  const body = '{"__proto__":{"admin":true},"id":12345678901234567890}'
  const { run } = runTyped(aggregateSpec([branchSpec('a')]), { schemas: { a: look } }, { a: { body } })
  await turn()
  assert.deepEqual(seen, [{ id: 12345678901234567890n }])
  assert.deepEqual(run.answer, [200, '{"a":null}'])
  assert.equal(({} as { admin?: unknown }).admin, undefined)
})

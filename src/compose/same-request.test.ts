import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BranchSpec } from '../spec/spec-aggregate.ts'
import { FakeServices, type Plays } from './testing/fake-services.ts'
import { aggregateSpec, branchSpec, ref } from './testing/specs.ts'

const NEVER = Number.POSITIVE_INFINITY
const same = (name: string, given: Partial<BranchSpec> = {}): BranchSpec =>
  branchSpec(name, { service: 's', path: ['/x'], ...given })

const run = async (branches: readonly BranchSpec[], plays: Readonly<Record<string, Plays>>) => {
  const services = new FakeServices()
  const it = services.run(aggregateSpec(branches), plays)
  await services.pass(600)
  return { services, run: it, asked: services.visits.map(({ branch, at }) => `${branch} ${at}`) }
}

test('the same request is made once; each branch makes its own of the answer', async () => {
  const branches = [
    same('a', { edits: [{ kind: 'pick', paths: ['n'] }] }),
    same('b'),
    same('c', { edits: [{ kind: 'unwrap', path: 'm' }] }),
  ]
  const it = await run(branches, { a: { after: 5, body: '{"n":1, "m":2}' } })
  assert.deepEqual([it.run.at, it.run.answer[1], it.asked], [5, '{"a":{"n":1},"b":{"n":1, "m":2},"c":2}', ['a 0']])
  assert.deepEqual(
    it.services.outcomes.map(([, outcome, ms]) => [outcome, ms]),
    [
      ['ok', 5],
      ['ok', 5],
      ['ok', 5],
    ],
  )
})

for (const [what, given] of [
  ['service', { service: 'other' }],
  ['method', { method: 'POST' }],
  ['path', { path: ['/y'] }],
  ['query', { query: [['q', ['1']]] }],
  ['header', { headers: [['x-a', ['1']]] }],
  ['body', { body: { kind: 'literal', value: null } }],
  ['way of retrying', { retry: 'none' }],
] as const satisfies readonly (readonly [string, Partial<BranchSpec>])[]) {
  test(`one with another ${what} is another request`, async () => {
    assert.deepEqual((await run([same('a'), same('b', given)], {})).asked, ['a 0', 'b 0'])
  })
}

for (const [method, times] of [
  ['GET', 1],
  ['HEAD', 1],
  ['OPTIONS', 1],
  ['POST', 2],
  ['PUT', 2],
  ['PATCH', 2],
  ['DELETE', 2],
] as const) {
  test(`what is written twice is done twice: ${method} ${times}`, async () => {
    const body: BranchSpec['body'] = method === 'POST' ? { kind: 'literal', value: { order: 1 } } : undefined
    assert.equal((await run([same('a', { method, body }), same('b', { method, body })], {})).asked.length, times)
  })
}

test('that they are the same may show only in what is put into them', async () => {
  const branches = [
    branchSpec('u'),
    same('a', { path: ['/', ref('branches.u.x')] }),
    same('b', { path: ['/', ref('branches.u.y')] }),
  ]
  assert.deepEqual((await run(branches, { u: { body: '{"x":1,"y":"1"}' } })).asked, ['u 0', 'a 0'])
  assert.deepEqual((await run(branches, { u: { body: '{"x":1,"y":2}' } })).asked, ['u 0', 'a 0', 'b 0'])
})

test('one that comes later joins in, also when the answer is there', async () => {
  const late = same('b', { when: [{ ref: ref('branches.u.x'), values: [], not: true }] })
  for (const after of [5, 20]) {
    const it = await run([same('a'), branchSpec('u'), late], { a: { after, body: '1' }, u: { after: 10 } })
    assert.deepEqual(
      [it.run.at, it.run.answer[1], it.asked],
      [Math.max(after, 10), '{"a":1,"u":{},"b":1}', ['a 0', 'u 0']],
    )
  }
})

test('when the time of one is over the others still wait; when that of all is, the request is cut off', async () => {
  const branches = [same('a', { timeoutMs: 50 }), same('b', { timeoutMs: 100 }), branchSpec('c')]
  const it = await run(branches, { a: { after: 80, body: '1' } })
  assert.deepEqual(
    [it.run.at, it.run.answer[1], it.run.partial],
    [80, '{"a":null,"b":1,"c":{}}', 'a;reason=timeout;after=50'],
  )
  assert.deepEqual(it.services.visits[0]?.cancels, [])
  const slow = await run(branches, { a: { after: NEVER } })
  assert.deepEqual(
    [slow.run.at, slow.run.partial, slow.services.visits[0]?.cancels],
    [100, 'a;reason=timeout;after=50, b;reason=timeout;after=100', [100]],
  )
  assert.equal(slow.services.visits[0]?.x.deadlineAt, slow.services.startedAt + 500)
})

test('at the deadline the request is cut off once, for all', async () => {
  const it = await run([same('a'), same('b'), branchSpec('c')], { a: { after: NEVER } })
  assert.deepEqual(
    [it.run.partial, it.services.visits[0]?.cancels],
    ['a;reason=timeout;after=500, b;reason=timeout;after=500', [500]],
  )
})

test('what was cut off is asked anew', async () => {
  const late = same('b', { when: [{ ref: ref('branches.u.x'), values: [], not: true }] })
  const it = await run([same('a', { timeoutMs: 5 }), branchSpec('u'), late], { a: { after: NEVER }, u: { after: 10 } })
  assert.deepEqual([it.run.at, it.run.answer[1], it.asked], [10, '{"a":null,"u":{},"b":{}}', ['a 0', 'u 0', 'b 10']])
})

test('each has its own statuses and its own largest size', async () => {
  const branches = [
    same('a', { expect: [[404, 404]] }),
    same('b', { maxBytes: 5 }),
    same('c', { maxBytes: 50 }),
    branchSpec('d'),
  ]
  const large = await run(branches, { a: { body: '"123456789"' } })
  assert.deepEqual(
    [large.run.answer[1], large.run.partial],
    ['{"a":null,"b":null,"c":"123456789","d":{}}', 'a;reason=status;status=200, b;reason=oversize'],
  )
  const missing = await run(branches, { a: { status: 404, body: '1' } })
  assert.deepEqual(
    [missing.run.answer[1], missing.run.partial],
    ['{"a":1,"b":null,"c":null,"d":{}}', 'b;reason=status;status=404, c;reason=status;status=404'],
  )
})

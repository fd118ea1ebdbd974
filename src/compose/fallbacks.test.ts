import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Exchange } from '../core/exchange.ts'
import type { BranchSpec, ConditionSpec } from '../spec/spec-aggregate.ts'
import { FakeServices, type Plays, reset } from './testing/fake-services.ts'
import { aggregateSpec, branchSpec, ref } from './testing/specs.ts'

const NEVER = Number.POSITIVE_INFINITY
const FROM_B: BranchSpec['fallback'] = { kind: 'branch', branch: 'b' }
const when = (text: string, not = false): ConditionSpec => ({ ref: ref(text), values: [], not })

const run = async (branches: readonly BranchSpec[], plays: Readonly<Record<string, Plays>>, query = '') => {
  const services = new FakeServices()
  const it = services.run(aggregateSpec(branches), plays, Object.assign(new Exchange(), { query }))
  await services.pass(600)
  return { services, run: it, asked: services.visits.map(({ branch, at }) => `${branch} ${at}`) }
}

test('a value stands in for a branch that fails, which the answer says', async () => {
  const fallback: BranchSpec['fallback'] = { kind: 'value', value: { items: [], n: 1.5 } }
  const it = await run([branchSpec('a', { fallback })], { a: { after: 5, status: 503 } })
  assert.deepEqual(
    [it.run.at, it.run.answer, it.run.partial],
    [5, [200, '{"a":{"items":[],"n":1.5}}'], 'a;reason=status;status=503'],
  )
  assert.equal(it.run.reply?.header('cache-control'), 'no-store')
  assert.deepEqual(it.services.outcomes, [['a', 'status', 5]])
})

test('a fallback makes a required branch whole, and feeds those that need it', async () => {
  const a = branchSpec('a', { required: true, fallback: { kind: 'value', value: { id: 7 } } })
  const it = await run([a, branchSpec('b', { path: ['/', ref('branches.a.id')] })], { a: { after: 5, fault: reset } })
  assert.deepEqual(
    [it.run.answer, it.asked, it.services.visits[1]?.x.path],
    [[200, '{"a":{"id":7},"b":{}}'], ['a 0', 'b 5'], '/7'],
  )
})

test('another branch stands in: both are asked at once, and its data is waited for', async () => {
  const branches = [branchSpec('a', { fallback: FROM_B }), branchSpec('b')]
  const it = await run(branches, { a: { after: 5, status: 500 }, b: { after: 30, body: '{"x":1}' } })
  assert.deepEqual(
    [it.run.at, it.run.answer, it.run.partial, it.asked],
    [30, [200, '{"a":{"x":1},"b":{"x":1}}'], 'a;reason=status;status=500', ['a 0', 'b 0']],
  )
  const early = await run(branches, { a: { after: 30, status: 500 }, b: { after: 5, body: '{"x":1}' } })
  assert.deepEqual([early.run.at, early.run.answer[1]], [30, '{"a":{"x":1},"b":{"x":1}}'])
})

test('one that fails as well does not stand in: each says its own reason', async () => {
  const branches = [branchSpec('a', { fallback: FROM_B }), branchSpec('b'), branchSpec('c')]
  const it = await run(branches, { a: { after: 5, status: 500 }, b: { after: NEVER } })
  assert.deepEqual(
    [it.run.at, it.run.answer[1], it.run.partial],
    [500, '{"a":null,"b":null,"c":{}}', 'a;reason=status;status=500, b;reason=timeout;after=500'],
  )
})

test('a required branch with a stand-in fails when that does', async () => {
  const branches = [branchSpec('a', { required: true, fallback: FROM_B }), branchSpec('b'), branchSpec('c')]
  const it = await run(branches, { a: { after: 5, status: 500 }, b: { after: 20, status: 404 }, c: { after: NEVER } })
  assert.deepEqual(
    [it.run.at, it.run.answer],
    [20, ['BRANCH_FAILED', { branch: 'a', reason: 'status', branchStatus: 500 }]],
  )
})

test('stand-ins of stand-ins, and one that was left out', async () => {
  const chain = [
    branchSpec('a', { fallback: FROM_B }),
    branchSpec('b', { fallback: { kind: 'branch', branch: 'c' } }),
    branchSpec('c', { fallback: { kind: 'value', value: 1 } }),
  ]
  const failing = { status: 500, after: 5 }
  assert.equal((await run(chain, { a: failing, b: failing, c: failing })).run.answer[1], '{"a":1,"b":1,"c":1}')
  const out = [branchSpec('a', { fallback: FROM_B }), branchSpec('b', { when: [when('query.b')] }), branchSpec('c')]
  const it = await run(out, { a: failing })
  assert.deepEqual([it.run.answer[1], it.run.partial], ['{"a":null,"c":{}}', 'a;reason=status;status=500'])
})

test('data that does not fit the shape is no data, and no stand-in either', () => {
  const branches = [branchSpec('a', { fallback: FROM_B }), branchSpec('b')]
  const it = new FakeServices().run(aggregateSpec(branches, { shape: { kind: 'flatten' } }), {
    a: { body: '{"x":1}' },
    b: { body: ' [1]' },
  })
  assert.deepEqual([it.answer, it.partial], [[200, '[1,1]'], 'a;reason=invalid'])
  const zip = { kind: 'zip', list: 'a', key: 'id', joins: [{ branch: 'b', key: 'id', as: 'b' }] } as const
  const list = [branchSpec('a', { required: true, fallback: FROM_B }), branchSpec('b')]
  const other = new FakeServices().run(aggregateSpec(list, { shape: zip }), { a: { status: 500 }, b: { body: '[1]' } })
  assert.deepEqual(other.answer, ['BRANCH_FAILED', { branch: 'a', reason: 'status', branchStatus: 500 }])
})

test('a conflict of the data is an error that says which', () => {
  const spec = aggregateSpec([branchSpec('a'), branchSpec('b')], { shape: { kind: 'merge', conflicts: 'error' } })
  const it = new FakeServices().run(spec, { a: { body: '{"x":1}' }, b: { body: '{"x":2}' } })
  assert.deepEqual(
    [it.reply?.status, it.answer],
    [502, ['BRANCH_FAILED', 'branches "a" and "b" both have a member "x"']],
  )
})

// Conditions.

test('a branch whose condition does not hold is left out, and that is no failure', async () => {
  const branches = [branchSpec('a', { required: true, when: [when('query.full')] }), branchSpec('b')]
  const without = await run(branches, {})
  assert.deepEqual([without.run.answer, without.run.partial, without.asked], [[200, '{"b":{}}'], '', ['b 0']])
  assert.deepEqual(without.services.outcomes, [
    ['a', 'left out', 0],
    ['b', 'ok', 0],
  ])
  const full = await run(branches, {}, '?full')
  assert.deepEqual(full.run.answer, [200, '{"a":{},"b":{}}'])
})

test('all left out is an answer without any', async () => {
  const it = await run([branchSpec('a', { when: [when('query.full')] })], {})
  assert.deepEqual([it.run.answer, it.run.partial], [[200, '{}'], ''])
})

test('what needs the data of one that was left out is left out as well, fallback or not', async () => {
  const path = ['/', ref('branches.a.id')]
  const branches = [
    branchSpec('c', { path, required: true, fallback: { kind: 'value', value: 1 } }),
    branchSpec('a', { when: [when('query.full')] }),
    branchSpec('b'),
  ]
  const it = await run(branches, {})
  assert.deepEqual([it.run.answer, it.run.partial], [[200, '{"b":{}}'], ''])
})

test('conditions look at the data of other branches', async () => {
  const branches = [
    branchSpec('user'),
    branchSpec('vip', { when: [{ ref: ref('branches.user.vip'), values: [true], not: false }] }),
    branchSpec('poor', { when: [{ ref: ref('branches.user.vip'), values: [true], not: true }] }),
  ]
  const it = await run(branches, { user: { after: 10, body: '{"vip":true}' } })
  assert.deepEqual([it.run.answer[1], it.asked], ['{"user":{"vip":true},"vip":{}}', ['user 0', 'vip 10']])
})

test('a condition sees that another branch was left out; of one that failed nobody knows', async () => {
  const branches = (given: Partial<BranchSpec>) => [
    branchSpec('a', given),
    branchSpec('b', { when: [when('branches.a.id', true)] }),
  ]
  const left = await run(branches({ when: [when('query.full')] }), {})
  assert.deepEqual([left.run.answer, left.run.partial], [[200, '{"b":{}}'], ''])
  const failed = await run([...branches({}), branchSpec('c')], { a: { status: 500 } })
  assert.deepEqual(
    [failed.run.answer[1], failed.run.partial],
    ['{"a":null,"b":null,"c":{}}', 'a;reason=status;status=500, b;reason=skipped'],
  )
})

test('what the request alone decides is decided at once, whatever is still waited for', async () => {
  const path = ['/', ref('branches.slow.id')]
  const branches = [
    branchSpec('slow'),
    branchSpec('a', { path, required: true, when: [when('query.full')] }),
    branchSpec('b'),
  ]
  const it = await run(branches, { slow: { after: NEVER } })
  assert.deepEqual(
    [it.run.at, it.run.answer[1], it.run.partial],
    [500, '{"slow":null,"b":{}}', 'slow;reason=timeout;after=500'],
  )
})

test('a required branch that needs one without data fails at once, whatever else it waits for', async () => {
  const path = ['/', ref('branches.a.id'), '/', ref('branches.slow.id')]
  const it = await run([branchSpec('a'), branchSpec('slow'), branchSpec('b', { path, required: true })], {
    a: { after: 5, status: 500 },
    slow: { after: NEVER },
  })
  assert.deepEqual([it.run.at, it.run.answer], [5, ['BRANCH_FAILED', { branch: 'b', reason: 'skipped' }]])
})

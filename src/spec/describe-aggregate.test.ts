import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeLines, describeAggregate, describeBranches, planLines } from './describe-aggregate.ts'
import { describeClaim } from './describe-frontend.ts'
import type { AggregateSpec, BranchSpec } from './spec-aggregate.ts'
import { aggregateSpec, branchSpec, retrySpec } from './testing.ts'

const user = branchSpec('user', {
  service: 'users',
  path: ['/', { source: 'claims', path: ['sub'] }],
  required: true,
  timeoutMs: 200,
})
const orders = branchSpec('orders', {
  method: 'POST',
  path: ['/o?user=', { source: 'branches', path: ['user', 'id'] }, '&key=hunter2&x'],
  fallback: { kind: 'value', value: [] },
  edits: [
    { kind: 'unwrap', path: 'data' },
    { kind: 'pick', paths: ['id', 'total'] },
    { kind: 'omit', paths: ['x'] },
    { kind: 'rename', names: [['id', 'number']] },
    { kind: 'wrap', name: 'list' },
  ],
})

test('a plan: what runs together has one number, and branches are aligned', () => {
  assert.deepEqual(planLines(aggregateSpec([orders, user, branchSpec('ads', { retry: 'none' })])), [
    '1  user    users   GET /{claims.sub}                        required, within 200ms',
    '   ads     ads     GET /                                    optional, no retries',
    '2  orders  orders  POST /o?user={branches.user.id}&key=…&x  optional, else [], what is in data, only id, total, without x, id as number, put in list',
  ])
})

test('a text for each branch, in the order of writing', () => {
  assert.deepEqual(
    describeBranches(aggregateSpec([orders, user])).map(text => text.split(', ')[0]),
    ['orders (after user): orders POST /o?user={branches.user.id}&key=…&x', 'user: users GET /{claims.sub}'],
  )
})

test('what stands in, conditions and retries, without values that may be secrets', () => {
  const rest = (given: Partial<BranchSpec>): string =>
    describeBranches(aggregateSpec([branchSpec('a', given)]))[0]?.replace('a: a GET /, optional', '') ?? ''
  const rows: readonly (readonly [given: Partial<BranchSpec>, text: string])[] = [
    [{ fallback: { kind: 'branch', branch: 'b' } }, ', else that of b'],
    [{ fallback: { kind: 'value', value: null } }, ', else null'],
    [{ fallback: { kind: 'value', value: {} } }, ', else {}'],
    [{ fallback: { kind: 'value', value: 5 } }, ', else 5'],
    [{ fallback: { kind: 'value', value: 'hunter2' } }, ', else a text'],
    [{ fallback: { kind: 'value', value: ['hunter2'] } }, ', else a list'],
    [{ fallback: { kind: 'value', value: { a: 'hunter2' } } }, ', else an object'],
    [{ retry: retrySpec() }, ', retries: 2 tries on connect or 503'],
    [
      {
        when: [
          { ref: { source: 'query', path: ['full'] }, values: ['hunter2'], not: false },
          { ref: { source: 'headers', path: ['x'] }, values: ['hunter2'], not: true },
          { ref: { source: 'consumer', path: [] }, values: [], not: false },
          { ref: { source: 'params', path: ['id'] }, values: [], not: true },
        ],
      },
      ', when query.full is as said, headers.x is other than said, consumer is there and id is not there',
    ],
  ]
  for (const [given, text] of rows) assert.equal(rest(given), text)
})

test('what they become', () => {
  const rows: readonly (readonly [given: Partial<AggregateSpec>, text: string])[] = [
    [{}, 'one branch within 500ms'],
    [{ branches: [user, orders], deadlineMs: 1000, meta: true }, '2 branches within 1s, with _meta'],
    [{ shape: { kind: 'list' } }, 'one branch within 500ms, as a list'],
    [{ shape: { kind: 'flatten' } }, 'one branch within 500ms, their items in one list'],
    [{ shape: { kind: 'merge', conflicts: 'error' } }, 'one branch within 500ms, their members in one object'],
    [
      { shape: { kind: 'merge', conflicts: 'last' } },
      'one branch within 500ms, their members in one object (the last one counts)',
    ],
    [
      { shape: { kind: 'zip', list: 'a', key: 'id', joins: [{ branch: 'b', key: 'k', as: 'c' }] } },
      'one branch within 500ms, the list of a with b as c',
    ],
  ]
  for (const [given, text] of rows) assert.equal(describeAggregate(aggregateSpec([user], given)), text)
})

test('what a frontend claims', () => {
  const claim = { name: 'm', hosts: [], prefix: '', listeners: [] }
  assert.equal(describeClaim(claim), 'everything')
  assert.equal(describeClaim({ ...claim, hosts: ['a', 'b'], prefix: '/m' }), 'a or b below /m')
  assert.equal(describeClaim({ ...claim, listeners: ['web'] }), 'by listener web')
})

test('an aggregate with code says which branches have schemas, one without code nothing of the kind', () => {
  const branches = [user, { ...user, name: 'orders' }]
  const module = { name: 'sallyport.config.ts', url: 'file:///x', version: '0', sources: [] }
  const typed = aggregateSpec(branches, { typed: { module, at: [], schemas: ['user'] } })
  for (const lines of [planLines(typed), describeBranches(typed)]) {
    assert.match(lines[0] ?? '', /user.*, by its schema$/)
    assert.match(lines[1] ?? '', /orders.*, without a schema$/)
  }
  assert.doesNotMatch(planLines(aggregateSpec(branches)).join(), /schema/)
})

test('an aggregate with code says where that stands and what time it has', () => {
  assert.deepEqual(codeLines(aggregateSpec([user])), [])
  const module = { name: 'sallyport.config.ts', url: 'file:///x', version: '0', sources: [] }
  const typed = { module, at: ['routes', 2, 'aggregate'] }
  assert.deepEqual(codeLines(aggregateSpec([user], { deadlineMs: 300, typed })), [
    'code of sallyport.config.ts, routes.2.aggregate: a schema has the time of its branch, a reply what is left of 300ms, at least 100ms',
  ])
})

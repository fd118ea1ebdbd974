import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDocument } from './check.ts'
import { plainSource } from './source.ts'
import type { RouteSpec } from './spec.ts'
import type { AggregateSpec } from './spec-aggregate.ts'
import { aggregateSpec, branchSpec, retrySpec } from './testing.ts'

const routeOf = (route: object): RouteSpec => {
  const document = { services: { users: 'http://a' }, routes: [{ path: '/d/{id}', ...route }] }
  const { spec, problems } = checkDocument(plainSource(document), 1)
  assert.ok(spec, JSON.stringify(problems))
  assert.deepEqual(structuredClone(spec), spec)
  return spec.routes[0]!
}

const aggregateOf = (aggregate: object, route: object = {}): AggregateSpec => {
  const { action } = routeOf({ aggregate, ...route })
  assert.equal(action.kind, 'aggregate')
  return action as AggregateSpec
}

const USER = { to: 'users', path: '/me' }
const user = branchSpec('user', { service: 'users', path: ['/me'] })

test('the defaults', () => {
  assert.deepEqual(aggregateOf({ branches: { user: USER } }), aggregateSpec([user]))
})

test('an aggregate takes GET, and with it HEAD, unless the route says otherwise', () => {
  const branches = { user: USER }
  assert.deepEqual(routeOf({ aggregate: { branches } }).methods, ['GET'])
  assert.equal(routeOf({ aggregate: { branches } }).name, 'GET /d/{id}')
  assert.deepEqual(routeOf({ aggregate: { branches }, methods: ['post', 'PUT'] }).methods, ['POST', 'PUT'])
})

test('all of a branch', () => {
  const branch = {
    to: 'users',
    path: '/{id}?all={query.all}',
    method: 'post',
    query: { page: 1, full: true, q: 'a {query.q}' },
    headers: { 'X-Tenant': '{headers.X-Tenant}' },
    body: { id: '{params.id}', fixed: [1] },
    required: true,
    timeout: '200ms',
    retry: {
      attempts: 2,
      on: ['connect', 503],
      backoff: '0ms..0ms',
      maxBody: '0B',
      maxRetryAfter: '0s',
      minRetries: 0,
      budget: '10%',
    },
    fallbackTo: 'other',
    when: {
      'query.full': 'true',
      'claims.plan': ['gold', 1],
      id: { exists: true },
      'headers.X': { not: 'y' },
      'branches.other.ok': { exists: false },
      'claims.a.b': { not: [1, true] },
    },
    expect: [200, '204-206', '3xx'],
    maxBytes: '64KiB',
    wrap: 'it',
    rename: { a: 'b', 'c.d': 'e' },
    omit: ['z'],
    pick: ['a', 'c.d'],
    unwrap: 'data.items',
  }
  const { branches } = aggregateOf({ branches: { user: branch, other: USER } })
  assert.deepEqual(
    branches[0],
    branchSpec('user', {
      service: 'users',
      method: 'POST',
      path: ['/', { source: 'params', path: ['id'] }, '?all=', { source: 'query', path: ['all'] }],
      query: [
        ['page', ['1']],
        ['full', ['true']],
        ['q', ['a ', { source: 'query', path: ['q'] }]],
      ],
      headers: [['x-tenant', [{ source: 'headers', path: ['x-tenant'] }]]],
      body: {
        kind: 'object',
        members: [
          ['id', { kind: 'ref', ref: { source: 'params', path: ['id'] } }],
          ['fixed', { kind: 'literal', value: [1] }],
        ],
      },
      required: true,
      timeoutMs: 200,
      retry: retrySpec({ budget: 0.1 }),
      fallback: { kind: 'branch', branch: 'other' },
      when: [
        { ref: { source: 'query', path: ['full'] }, values: ['true'], not: false },
        { ref: { source: 'claims', path: ['plan'] }, values: ['gold', 1], not: false },
        { ref: { source: 'params', path: ['id'] }, values: [], not: false },
        { ref: { source: 'headers', path: ['x'] }, values: ['y'], not: true },
        { ref: { source: 'branches', path: ['other', 'ok'] }, values: [], not: true },
        { ref: { source: 'claims', path: ['a', 'b'] }, values: [1, true], not: true },
      ],
      expect: [
        [200, 200],
        [204, 206],
        [300, 399],
      ],
      maxBytes: 65_536,
      edits: [
        { kind: 'unwrap', path: 'data.items' },
        { kind: 'pick', paths: ['a', 'c.d'] },
        { kind: 'omit', paths: ['z'] },
        {
          kind: 'rename',
          names: [
            ['a', 'b'],
            ['c.d', 'e'],
          ],
        },
        { kind: 'wrap', name: 'it' },
      ],
    }),
  )
})

test('what stands in may be any JSON, null included', () => {
  for (const fallback of [null, false, 0, '', [], { a: ['{id}'] }]) {
    const { branches } = aggregateOf({ branches: { user: { ...USER, fallback } } })
    assert.deepEqual(branches[0]?.fallback, { kind: 'value', value: fallback })
  }
})

test('retries of the route are those of branches that say nothing', () => {
  const aggregate = {
    branches: { a: USER, b: { ...USER, retry: { attempts: 1 } }, c: { ...USER, retry: { attempts: 3 } } },
  }
  const attempts = (route: object): unknown[] =>
    aggregateOf(aggregate, route).branches.map(({ retry }) => (typeof retry === 'object' ? retry.attempts : retry))
  assert.deepEqual(attempts({}), [undefined, 'none', 3])
  assert.deepEqual(attempts({ retry: 'none' }), ['none', 'none', 3])
  assert.deepEqual(attempts({ retry: { attempts: 2 } }), [2, 'none', 3])
})

test('all of the whole', () => {
  const aggregate = {
    deadline: '2s',
    branches: { user: USER },
    shape: 'merge',
    meta: true,
    whenEmpty: 'answer',
    maxBytes: '1MiB',
    passHeaders: ['X-Tenant'],
    headers: { 'Cache-Control': 'private' },
    takeHeaders: { ETag: 'user' },
    maxBranches: 1,
  }
  assert.deepEqual(
    aggregateOf(aggregate),
    aggregateSpec([user], {
      deadlineMs: 2000,
      shape: { kind: 'merge', conflicts: 'error' },
      meta: true,
      whenEmpty: 'answer',
      maxBytes: 1_048_576,
      passHeaders: ['x-tenant'],
      headers: [['cache-control', 'private']],
      takeHeaders: [{ branch: 'user', name: 'etag' }],
    }),
  )
})

test('shapes', () => {
  const join = { branch: 'b', key: 'userId', as: 'orders' }
  const rows: readonly (readonly [written: unknown, shape: AggregateSpec['shape']])[] = [
    ['object', { kind: 'object' }],
    ['list', { kind: 'list' }],
    ['flatten', { kind: 'flatten' }],
    [{ merge: {} }, { kind: 'merge', conflicts: 'error' }],
    [{ merge: { conflicts: 'last' } }, { kind: 'merge', conflicts: 'last' }],
    [{ zip: { list: 'a', key: 'id', joins: [join] } }, { kind: 'zip', list: 'a', key: 'id', joins: [join] }],
  ]
  for (const [shape, expected] of rows) {
    assert.deepEqual(aggregateOf({ branches: { a: USER, b: USER }, shape }).shape, expected)
  }
})

test('fields of an answer', () => {
  const fields = { rename: { a: 'b' }, omit: ['c'] }
  const edits = [
    { kind: 'omit', paths: ['c'] },
    { kind: 'rename', names: [['a', 'b']] },
  ]
  assert.deepEqual(routeOf({ to: 'users', fields }).fields, { edits, otherContent: 'refuse' })
  const lenient = { ...fields, otherContent: 'pass' }
  assert.deepEqual(routeOf({ to: 'users', fields: lenient }).fields, { edits, otherContent: 'pass' })
  assert.equal(routeOf({ to: 'users' }).fields, undefined)
})

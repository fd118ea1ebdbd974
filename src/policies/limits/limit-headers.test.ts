import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headersOf } from '../../base/headers.ts'
import type { LimitVerdict } from '../../core/limits.ts'
import { Reply } from '../../core/reply.ts'
import type { LimitSpec } from '../../spec/spec-policies.ts'
import { inFlight, limitedRoute, limitWorld, perMinute, rateLimit, walk } from '../testing/limits.ts'
import { structuredString } from './limit-plan.ts'

const FIELDS = ['policy', '', 'limit', 'remaining', 'reset'].map(name => `ratelimit${name && '-'}${name}`)

const fieldsOf = (reply: Reply): Record<string, string> => {
  const found = [...FIELDS, 'retry-after'].map(name => [name, reply.header(name)] as const)
  return Object.fromEntries(found.filter(pair => pair[1] !== undefined)) as Record<string, string>
}

/** The answer when the store says this about each limit. */
const answer = (
  limits: readonly LimitSpec[],
  verdicts: readonly Partial<LimitVerdict>[],
  upstream = new Reply(200),
) => {
  const { world } = limitWorld()
  const full = verdicts.map(given => ({ allowed: true, remaining: 9, resetMs: 1000, retryMs: 0, ...given }))
  const store = { take: () => ({ allowed: full.every(each => each.allowed), verdicts: full }), charge() {} }
  const { reply, thrown } = walk(limitedRoute(limits), { ...world, store }, { call: () => upstream })
  assert.deepEqual(thrown, [])
  return fieldsOf(reply)
}

test('headers: the policy and what is left, as the draft writes them', () => {
  assert.deepEqual(answer([perMinute(100)], [{ remaining: 42, resetMs: 16_001 }]), {
    'ratelimit-policy': '"perMinute";q=100;w=60',
    ratelimit: '"perMinute";r=42;t=17',
  })
})

test('headers: times are rounded up, and nothing is said of a time when nothing is missing', () => {
  const t = (resetMs: number): string | undefined => answer([perMinute(9)], [{ resetMs }])['ratelimit']
  assert.deepEqual(
    [0, 0.001, 999, 1000, 1000.001].map(t),
    ['', ';t=1', ';t=1', ';t=1', ';t=2'].map(text => `"perMinute";r=9${text}`),
  )
})

test('headers: a window is whole seconds, rounded up, so that it never promises too much', () => {
  const policy = (perMs: number): string | undefined =>
    answer([rateLimit({ rate: { count: 5, perMs, burst: 5 } })], [{}])['ratelimit-policy']
  assert.deepEqual(
    [100, 1000, 1500, 86_400_000].map(policy),
    [1, 1, 2, 86_400].map(w => `"perMinute";q=5;w=${w}`),
  )
})

test('headers: what is left is never more than the quota told with it', () => {
  const burst = rateLimit({ rate: { count: 5, perMs: 1000, burst: 50 }, headers: 'both' })
  const told = answer([burst], [{ remaining: 49 }])
  assert.deepEqual([told['ratelimit'], told['ratelimit-remaining']], ['"perMinute";r=5;t=1', '5'])
})

test('headers: several limits are one list each', () => {
  const limits = [
    perMinute(100, { name: 'a' }),
    perMinute(5, { name: 'b', headers: 'off' }),
    perMinute(7, { name: 'c' }),
  ]
  assert.deepEqual(answer(limits, [{ remaining: 1 }, { remaining: 2 }, { remaining: 3 }]), {
    'ratelimit-policy': '"a";q=100;w=60, "c";q=7;w=60',
    ratelimit: '"a";r=1;t=1, "c";r=3;t=1',
  })
})

const TIGHTEST: readonly (readonly [
  what: string,
  LimitVerdictPair: readonly [Partial<LimitVerdict>, Partial<LimitVerdict>],
  string,
])[] = [
  ['the smaller share', [{ remaining: 50 }, { remaining: 6 }], '100 50 1'],
  ['the smaller share', [{ remaining: 70 }, { remaining: 6 }], '10 6 1'],
  [
    'the longer wait of equal shares',
    [
      { remaining: 0, resetMs: 1 },
      { remaining: 0, resetMs: 5000 },
    ],
    '10 0 5',
  ],
  ['the first of equals', [{ remaining: 50 }, { remaining: 5 }], '100 50 1'],
]
for (const [what, verdicts, told] of TIGHTEST) {
  test(`headers: the older fields tell of ${what}: ${told}`, () => {
    const limits = [perMinute(100, { name: 'a', headers: 'legacy' }), perMinute(10, { name: 'b', headers: 'legacy' })]
    const [limit, remaining, reset] = told.split(' ')
    assert.deepEqual(answer(limits, verdicts), {
      'ratelimit-limit': limit,
      'ratelimit-remaining': remaining,
      'ratelimit-reset': reset,
    })
  })
}

test('headers: both forms, or none', () => {
  assert.deepEqual(answer([perMinute(10, { headers: 'both' })], [{}]), {
    'ratelimit-policy': '"perMinute";q=10;w=60',
    ratelimit: '"perMinute";r=9;t=1',
    'ratelimit-limit': '10',
    'ratelimit-remaining': '9',
    'ratelimit-reset': '1',
  })
  assert.deepEqual(answer([perMinute(10, { headers: 'off' })], [{}]), {})
})

test('headers: fields of the service with these names are replaced by ours, and only by ours', () => {
  const theirs = (): Reply => new Reply(200, headersOf(FIELDS.map(name => [name, 'theirs'])))
  const ietf = answer([perMinute(10)], [{}], theirs())
  assert.deepEqual(
    [ietf['ratelimit'], ietf['ratelimit-policy'], ietf['ratelimit-limit']],
    ['"perMinute";r=9;t=1', '"perMinute";q=10;w=60', 'theirs'],
  )
})

test('headers: a limit in dry run is not told of', () => {
  assert.deepEqual(answer([perMinute(10, { dryRun: true, headers: 'both' })], [{}]), {})
})

test('headers: no more than the policy when the store failed', () => {
  assert.deepEqual(answer([perMinute(10, { headers: 'both' })], []), { 'ratelimit-policy': '"perMinute";q=10;w=60' })
})

const RETRY: readonly (readonly [what: string, verdict: Partial<LimitVerdict>, seconds: string])[] = [
  ['rounded up', { retryMs: 1001, resetMs: 1 }, '2'],
  ['at least 1', { retryMs: 0, resetMs: 0 }, '1'],
  ['not before t', { retryMs: 10, resetMs: 4500 }, '5'],
  ['a window when it never will do', { retryMs: Number.POSITIVE_INFINITY, resetMs: 0 }, '60'],
]
for (const [what, verdict, seconds] of RETRY) {
  test(`Retry-After: ${what}`, () => {
    const told = answer([perMinute(10, { headers: 'off' })], [{ allowed: false, ...verdict }])
    assert.deepEqual(told, { 'retry-after': seconds })
  })
}

test('Retry-After: the longest of those that refuse; others do not count', () => {
  const limits = ['a', 'b', 'c'].map(name => perMinute(10, { name, headers: 'off' }))
  const verdicts = [
    { allowed: false, retryMs: 3000 },
    { allowed: false, retryMs: 5000 },
    { allowed: true, resetMs: 50_000 },
  ]
  assert.deepEqual(answer(limits, verdicts), { 'retry-after': '5' })
})

test('headers: a full concurrency limit has its unit', () => {
  const { world } = limitWorld()
  const route = limitedRoute([perMinute(10), inFlight(1)])
  walk(route, world)
  assert.deepEqual(fieldsOf(walk(route, world).reply), {
    'ratelimit-policy': '"inflight";q=1;qu="concurrent-requests", "perMinute";q=10;w=60',
    // What was taken for a request that then had no place was given back.
    ratelimit: '"inflight";r=0, "perMinute";r=9;t=6',
    'retry-after': '1',
  })
})

test('structured strings: quotes and backslashes are escaped, what cannot stand in one is not sent', () => {
  assert.equal(structuredString('a"b\\c\r\né'), '"a\\"b\\\\c???"')
})

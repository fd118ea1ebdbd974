import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fail, type Reply } from '../../core/reply.ts'
import type { LimitSpec } from '../../spec/spec-policies.ts'
import { identity, limitedRoute, limitPolicies, limitWorld, perMinute, rateLimit, walk } from '../testing/limits.ts'

const TYPE = 'https://iana.org/assignments/http-problem-types#'

const told = ({ fault }: Reply) => ({
  code: fault?.code,
  detail: fault?.detail,
  headers: fault?.headers,
  type: fault?.problem?.type.replace(TYPE, '#'),
  violated: fault?.problem?.members['violated-policies'],
})

const statuses = (times: number, one: () => { readonly reply: Reply }): number[] =>
  Array.from({ length: times }, () => one().reply.status)

const app = identity({ consumer: 'app', tier: 'gold' })
const asApp = {
  auth: x => {
    x.identity = app
    return undefined
  },
} satisfies Parameters<typeof walk>[2]
const byConsumer = { by: [{ kind: 'consumer' }] } as const

test('limits: as many pass as it says, the next is refused and told why and when, and later it passes', () => {
  const { world, clock } = limitWorld()
  const route = limitedRoute([perMinute(2)])
  const once = () => walk(route, world)
  assert.deepEqual(statuses(2, once), [200, 200])
  assert.deepEqual(told(once().reply), {
    code: 'RATE_LIMITED',
    detail: 'limit perMinute is used up; come back in 30 s',
    headers: [['retry-after', '30']],
    type: '#quota-exceeded',
    violated: ['perMinute'],
  })
  clock.advance(30_000)
  assert.deepEqual(statuses(2, once), [200, 429])
})

test('limits: none is taken when one refuses', () => {
  const { world, clock } = limitWorld()
  const route = limitedRoute([perMinute(3, { name: 'a' }), perMinute(1, { name: 'b' }), perMinute(1, { name: 'c' })])
  assert.deepEqual(
    statuses(4, () => walk(route, world)),
    [200, 429, 429, 429],
  )
  const { reply } = walk(route, world)
  assert.deepEqual(told(reply).violated, ['b', 'c'])
  assert.match(reply.header('ratelimit') ?? '', /"a";r=2/)
  clock.advance(60_000)
  assert.equal(walk(route, world).reply.status, 200)
})

test('limits: a refusal never tells whom it is about', () => {
  const { world } = limitWorld()
  const route = limitedRoute([perMinute(1, byConsumer)])
  walk(route, world, asApp)
  const { reply } = walk(route, world, asApp)
  assert.doesNotMatch(JSON.stringify([reply.fault, reply.edits?.added]), /app|192\.0\.2\.1/)
})

test('limits: a cost that never fits is said to be one', () => {
  const { world } = limitWorld()
  const route = limitedRoute([perMinute(2, { cost: { fixed: 3, responseHeader: '' } })])
  const { detail, headers } = told(walk(route, world).reply)
  assert.deepEqual(
    [detail, headers],
    ['the request costs more than limit perMinute ever gives', [['retry-after', '60']]],
  )
})

const WHERE: readonly (readonly [LimitSpec, 'before' | 'after'])[] = [
  [rateLimit({ by: [{ kind: 'ip' }] }), 'before'],
  [rateLimit({ by: [{ kind: 'route' }] }), 'before'],
  [
    rateLimit({
      by: [
        { kind: 'header', name: 'x-a' },
        { kind: 'param', name: 'id' },
      ],
    }),
    'before',
  ],
  [rateLimit({ by: [{ kind: 'consumer' }] }), 'after'],
  [rateLimit({ by: [{ kind: 'key' }] }), 'after'],
  [rateLimit({ by: [{ kind: 'claim', name: 'sub' }] }), 'after'],
  [rateLimit({ by: [{ kind: 'ip' }, { kind: 'consumer' }] }), 'after'],
  [rateLimit({ tiers: [{ tier: 'gold', rate: { count: 1, perMs: 1, burst: 1 } }] }), 'after'],
]
for (const [limit, where] of WHERE) {
  const by = limit.by.map(({ kind }) => kind).join('+')
  test(`phases: by ${by}${limit.tiers.length > 0 ? ' with tiers' : ''} is asked ${where} authentication`, () => {
    const { before, after } = limitPolicies(limitedRoute([limit]), limitWorld().world)
    const there = where === 'before' ? before : after
    assert.deepEqual([before === undefined, after === undefined], [where === 'after', where === 'before'])
    assert.deepEqual(Object.keys(there ?? {}), ['name', 'gate', 'shape', 'tap'])
  })
}

test('phases: nothing where there are no limits', () => {
  assert.deepEqual(limitPolicies(limitedRoute([]), limitWorld().world), { before: undefined, after: undefined })
})

test('phases: with both, the head and the end are with the first alone', () => {
  const { before, after } = limitPolicies(limitedRoute([perMinute(1), perMinute(1, byConsumer)]), limitWorld().world)
  assert.deepEqual(
    [Object.keys(before ?? {}), Object.keys(after ?? {})],
    [
      ['name', 'gate', 'shape', 'tap'],
      ['name', 'gate'],
    ],
  )
})

test('phases: bad credentials are limited by address before anybody looks at them', () => {
  const { world, store } = limitWorld()
  let looked = 0
  const auth = (): Reply => {
    looked++
    return fail('INVALID_CREDENTIAL')
  }
  const route = limitedRoute([perMinute(3, { name: 'tries' }), perMinute(9, { name: 'own', ...byConsumer })])
  assert.deepEqual(
    statuses(5, () => walk(route, world, { auth })),
    [401, 401, 401, 429, 429],
  )
  assert.equal(looked, 3)
  assert.deepEqual(
    store.taken.flat().map(ask => ask.rule.id.split('|')[1]),
    Array(5).fill('tries'),
  )
  const other = walk(route, world, { auth }, { clientAddress: '192.0.2.2' })
  assert.equal(other.reply.status, 401)
  assert.equal(other.reply.header('ratelimit'), '"tries";r=2;t=20')
})

test('phases: both are in one field, and each is one question', () => {
  const { world, store } = limitWorld()
  const limits = [
    perMinute(9, { name: 'own', ...byConsumer }),
    perMinute(5, { name: 'a' }),
    perMinute(6, { name: 'b' }),
  ]
  const { reply } = walk(limitedRoute(limits), world, asApp)
  assert.equal(reply.header('ratelimit-policy'), '"a";q=5;w=60, "b";q=6;w=60, "own";q=9;w=60')
  assert.equal(reply.header('ratelimit'), '"a";r=4;t=12, "b";r=5;t=10, "own";r=8;t=7')
  assert.deepEqual(
    store.taken.map(asks => asks.map(ask => ask.mark + ask.key)),
    [['a:192.0.2.1', 'a:192.0.2.1'], ['c:app']],
  )
})

test('tiers: whoever has one has its numbers, counted apart', () => {
  const { world } = limitWorld()
  const tiers = [{ tier: 'gold', rate: { count: 3, perMs: 60_000, burst: 3 } }]
  const route = limitedRoute([perMinute(1, { tiers })])
  assert.deepEqual(
    statuses(2, () => walk(route, world)),
    [200, 429],
  )
  assert.deepEqual(
    statuses(4, () => walk(route, world, asApp)),
    [200, 200, 200, 429],
  )
  assert.equal(walk(route, world, asApp).reply.header('ratelimit-policy'), '"perMinute";q=3;w=60')
})

test('dry run: counts, each alone, and refuses nothing', () => {
  const { world, store, counts } = limitWorld()
  const limits = [
    perMinute(3),
    perMinute(1, { name: 'dry', dryRun: true }),
    perMinute(2, { name: 'dry2', dryRun: true }),
  ]
  assert.deepEqual(
    statuses(4, () => walk(limitedRoute(limits), world)),
    [200, 200, 200, 429],
  )
  assert.deepEqual(counts, {
    'limit_requests orders perMinute allowed': 3,
    'limit_requests orders perMinute refused': 1,
    'limit_requests orders dry allowed': 1,
    'limit_requests orders dry dry_refused': 2,
    'limit_requests orders dry2 allowed': 2,
    'limit_requests orders dry2 dry_refused': 1,
  })
  assert.deepEqual(
    store.taken.map(asks => asks.length),
    Array(10).fill(1),
  )
})

test('dry run: alone on a route it tells the client nothing', () => {
  const { world } = limitWorld()
  const route = limitedRoute([perMinute(1, { dryRun: true, headers: 'both' })])
  walk(route, world)
  const { reply } = walk(route, world)
  assert.deepEqual([reply.status, reply.edits], [200, null])
})

test('metrics: each limit counts what it says itself', () => {
  const { world, counts } = limitWorld()
  const route = limitedRoute([perMinute(9, { name: 'a' }), perMinute(1, { name: 'b' })])
  walk(route, world)
  walk(route, world)
  assert.deepEqual(counts, {
    'limit_requests orders a allowed': 2,
    'limit_requests orders b allowed': 1,
    'limit_requests orders b refused': 1,
  })
})

test('metrics: configured consumers are counted when all is over, others are not', () => {
  const { world, counts } = limitWorld({ consumers: ['app', 'idle'] })
  const route = limitedRoute([perMinute(2, byConsumer)])
  const stranger = identity({ consumer: 'stranger' })
  for (let i = 0; i < 3; i++) walk(route, world, asApp).finish()
  walk(route, world, {}, { identity: stranger }).finish()
  walk(route, world).finish()
  const ofConsumers = Object.entries(counts).filter(([name]) => name.startsWith('consumer'))
  assert.deepEqual(ofConsumers, [
    ['consumer_requests app allowed', 2],
    ['consumer_requests app refused', 1],
  ])
})

test('store away: allowed or refused as configured, and said so', () => {
  const { world, store, counts } = limitWorld()
  const route = limitedRoute([perMinute(5)])
  store.failing = 'allow'
  assert.equal(walk(route, world).reply.status, 200)
  store.failing = 'deny'
  assert.deepEqual(told(walk(route, world).reply), {
    code: 'RATE_LIMITED',
    detail: 'limits cannot be checked now',
    headers: [['retry-after', '1']],
    type: '#temporary-reduced-capacity',
    violated: ['perMinute'],
  })
  assert.deepEqual(counts, {
    'limit_requests orders perMinute allowed': 1,
    'limit_requests orders perMinute refused': 1,
  })
})

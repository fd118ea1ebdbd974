import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AggregateSpec } from '../spec/spec-aggregate.ts'
import { FakeServices, type Plays, reset } from './testing/fake-services.ts'
import { aggregateSpec, branchSpec, ref } from './testing/specs.ts'

const WAYS = ['ok', 'slow', '500', 'reset', 'garbage', 'oversize'] as const
type Way = (typeof WAYS)[number]

const SOON = 10
const HUGE = `["${'x'.repeat(2000)}"]`

const play = (way: Way, body: string): Plays => {
  switch (way) {
    case 'ok':
      return { after: SOON, body }
    case 'slow':
      return { after: Number.POSITIVE_INFINITY }
    case '500':
      return { after: SOON, status: 500, body: '{"error":1}' }
    case 'reset':
      return { after: SOON, fault: reset }
    case 'garbage':
      return { after: SOON, body: '{"a":1},"user":{"id":2}' }
    case 'oversize':
      return { after: SOON, body: HUGE, length: -1 }
  }
}

/** The dashboard of DESIGN §5: one part it cannot do without, one that waits for it, one with less time. */
const SPEC: AggregateSpec = aggregateSpec([
  branchSpec('user', { required: true }),
  branchSpec('orders', { edits: [{ kind: 'pick', paths: ['id', 'total'] }] }),
  branchSpec('products', {
    path: ['/recommended/', ref('branches.user.id')],
    fallback: { kind: 'value', value: [] },
  }),
  branchSpec('reviews', { timeoutMs: 200 }),
])

const BODIES = {
  user: '{"id": 7, "name":"Ann"}',
  orders: '[{"id":1,"total":2.50,"secret":true}]',
  products: '["p"]',
  reviews: '{ "stars" : 5 }',
}

/** What `Sallyport-Partial` says of a way that is not ok. `after`: when the branch's time is over. */
const reasonOf = (way: Way, after: number): string => {
  switch (way) {
    case 'slow':
      return `reason=timeout;after=${after}`
    case '500':
      return 'reason=status;status=500'
    case 'reset':
      return 'reason=connect'
    case 'garbage':
      return 'reason=invalid'
    default:
      return `reason=${way}`
  }
}

interface Expected {
  readonly answer: readonly [number | string, unknown]
  readonly at: number
  readonly partial: string
  readonly asked: readonly string[]
}

/** What is documented, said anew. */
const expected = (user: Way, orders: Way, products: Way, reviews: Way): Expected => {
  const first = ['/user', '/orders', '/reviews']
  if (user === 'slow') {
    return { answer: ['BRANCH_TIMEOUT', { branch: 'user', reason: 'timeout' }], at: 500, partial: '', asked: first }
  }
  if (user !== 'ok') {
    const reason = { '500': 'status', reset: 'connect', garbage: 'invalid', oversize: 'oversize' }[user]
    const status = {
      '500': { branchStatus: 500 },
      reset: {},
      garbage: { branchStatus: 200 },
      oversize: { branchStatus: 200 },
    }
    return {
      answer: ['BRANCH_FAILED', { branch: 'user', reason, ...status[user] }],
      at: SOON,
      partial: '',
      asked: first,
    }
  }
  const members = [
    `"user":${BODIES.user}`,
    `"orders":${orders === 'ok' ? '[{"id":1,"total":2.5}]' : 'null'}`,
    `"products":${products === 'ok' ? BODIES.products : '[]'}`,
    `"reviews":${reviews === 'ok' ? BODIES.reviews : 'null'}`,
  ]
  const partial = [
    ...(orders === 'ok' ? [] : [`orders;${reasonOf(orders, 500)}`]),
    ...(products === 'ok' ? [] : [`products;${reasonOf(products, 500)}`]),
    ...(reviews === 'ok' ? [] : [`reviews;${reasonOf(reviews, 200)}`]),
  ]
  const at = orders === 'slow' || products === 'slow' ? 500 : reviews === 'slow' ? 200 : 2 * SOON
  return {
    answer: [200, `{${members.join(',')}}`],
    at,
    partial: partial.join(', '),
    asked: [...first, '/recommended/7'],
  }
}

const combinations = WAYS.flatMap(user => WAYS.flatMap(orders => WAYS.map(products => ({ user, orders, products }))))

for (const { user, orders, products } of combinations) {
  test(`user ${user}, orders ${orders}, products ${products}, with reviews in every way`, async () => {
    for (const reviews of WAYS) {
      const services = new FakeServices()
      const run = services.run(SPEC, {
        user: play(user, BODIES.user),
        orders: play(orders, BODIES.orders),
        products: play(products, BODIES.products),
        reviews: play(reviews, BODIES.reviews),
      })
      // Nothing happens in between.
      for (const ms of [SOON, SOON, 180, 299, 1, 1000]) {
        await services.leap(ms)
      }
      const wanted = expected(user, orders, products, reviews)
      assert.deepEqual([run.answer, run.at, run.partial], [wanted.answer, wanted.at, wanted.partial], reviews)
      assert.deepEqual(
        services.visits.map(({ x }) => x.path),
        wanted.asked,
      )
      assert.equal(run.reply?.header('cache-control'), wanted.partial === '' ? undefined : 'no-store')
      for (const { branch, state, cancels, answered } of services.visits) {
        // Either over by itself, or cut off once, when the time came or the answer was decided.
        const cutAt = Math.min(branch === 'reviews' ? 200 : 500, run.at)
        assert.deepEqual(cancels, answered ? [] : [cutAt])
        assert.notEqual(state, 'open')
      }
      assert.deepEqual([services.timers.pending, run.x.onCancel], [0, null])
    }
  })
}

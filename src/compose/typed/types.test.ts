import assert from 'node:assert/strict'
import { test } from 'node:test'
import { respond } from '../../core/code/respond.ts'
import type { Unchecked } from '../../core/code/unchecked.ts'
import { checkDocument } from '../../spec/check.ts'
import { defineConfig } from '../../spec/define.ts'
import { plainSource } from '../../spec/source.ts'
import { aggregate } from './aggregate.ts'
import { handler } from './handler.ts'
import { optional, required } from './part.ts'
import type { LeftOut, Missing, Ok, OkOrFell } from './results.ts'
import { service } from './service.ts'
import type { StandardSchema } from './standard-schema.ts'

interface User {
  readonly id: string
  readonly name: string
}

interface Order {
  total: number
  note?: string
}

/** Says nothing but the type. */
const schema = <T>(): StandardSchema<unknown, T> => ({
  '~standard': { version: 1, vendor: 'test', validate: value => ({ value: value as T }) },
})

const UserSchema = schema<User>()
const OrdersSchema = schema<Order[]>()
const users = service('users')
const orders = service('orders')

/** Compiles only where both are the same type. */
const same = <A>() => ({
  as: <B>(..._: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? [] : [never]) => {},
})

test('what reply gets of each branch is in the types', () => {
  aggregate({
    branches: {
      user: required(users.get('/users/{claims.sub}', UserSchema)),
      maybe: optional(users.get('/users/1', UserSchema), { timeout: '200ms' }),
      orders: optional(orders.get('/orders', OrdersSchema), { fallback: [] }),
      sometimes: required(users.get('/users/2', UserSchema), { when: { 'query.full': 'true' } }),
      rarely: optional(users.get('/users/3', UserSchema), {
        when: { 'query.full': 'true' },
        fallback: { id: '', name: '' },
      }),
      unknown: optional(users.get('/users/4')),
      sent: optional(users.post('/search', OrdersSchema, { body: { q: '{query.q}' }, expect: [200, 404] })),
    },
    reply: branches => {
      same<(typeof branches)['user']>().as<Ok<User>>()
      same<(typeof branches)['maybe']>().as<Ok<User> | Missing>()
      same<(typeof branches)['orders']>().as<OkOrFell<Order[]>>()
      same<(typeof branches)['sometimes']>().as<Ok<User> | LeftOut>()
      same<(typeof branches)['rarely']>().as<OkOrFell<User> | LeftOut>()
      same<(typeof branches)['unknown']>().as<Ok<Unchecked> | Missing>()
      same<(typeof branches)['sent']>().as<Ok<Order[]> | Missing>()
      return null
    },
  })
})

const services = { users: 'http://a', orders: 'http://b' } as const

test('a right aggregate compiles, and is what the language says', () => {
  const config = defineConfig({
    services,
    auth: { main: { jwt: { issuer: 'https://id', algorithms: ['RS256'] } } },
    routes: [
      {
        path: '/dashboard/{id}',
        auth: 'main',
        methods: ['GET', 'POST'],
        aggregate: aggregate({
          deadline: '500ms',
          branches: {
            user: required(users.get('/users/{claims.sub}', UserSchema)),
            orders: optional(orders.get('/orders?user={branches.user.id}&for={id}', OrdersSchema), {
              fallback: [],
              timeout: '200ms',
              retry: { attempts: 2, on: ['connect', 503] },
            }),
            notes: optional(
              orders.post('/notes', OrdersSchema, { body: { ids: ['{branches.user.id}'] }, maxBytes: '1KiB' }),
            ),
          },
          passHeaders: ['x-tenant'],
          takeHeaders: { etag: 'user' },
          reply: async ({ user, orders, notes }, request) => ({
            name: user.data.name,
            total: orders.data.reduce((sum, { total }) => sum + total, 0),
            orders: orders.data,
            notes: notes.ok ? notes.data : null,
            at: new Date(0),
            page: request.query.get('page') ?? undefined,
          }),
        }),
      },
      {
        path: '/plain',
        aggregate: aggregate({
          branches: { user: required(users.get('/users/1', UserSchema)) },
          shape: 'merge',
          meta: true,
        }),
      },
    ],
  })
  const { problems, spec } = checkDocument(plainSource(config))
  assert.deepEqual(problems, [])
  const action = spec?.routes[0]?.action
  assert.equal(action?.kind, 'aggregate')
  if (action?.kind !== 'aggregate') return
  assert.deepEqual(
    action.branches.map(({ name, service: to, method, required: needed, timeoutMs }) => [
      name,
      to,
      method,
      needed,
      timeoutMs,
    ]),
    [
      ['user', 'users', 'GET', true, 0],
      ['orders', 'orders', 'GET', false, 200],
      ['notes', 'orders', 'POST', false, 0],
    ],
  )
})

const user = required(users.get('/users/1', UserSchema))
const maybe = optional(users.get('/users/1', UserSchema))

const asking = <const Path extends string>(path: Path) => required(users.get(path))

/** None of it is called: what is wrong is wrong for the compiler. */
export const refused = [
  // @ts-expect-error what is missing has no data
  () => aggregate({ branches: { maybe }, reply: ({ maybe }) => ({ name: maybe.data.name }) }),
  () =>
    aggregate({
      branches: { user: required(users.get('/', UserSchema), { when: { 'query.a': 'b' } }) },
      // @ts-expect-error nor what may be left out
      reply: ({ user }) => ({ name: user.data.name }),
    }),
  // @ts-expect-error a member that the schema does not have
  () => aggregate({ branches: { user }, reply: ({ user }) => ({ name: user.data.nmae }) }),
  // @ts-expect-error a branch that there is not
  () => aggregate({ branches: { user }, reply: ({ usre }) => usre }),
  // @ts-expect-error a fallback of another type
  () => optional(orders.get('/orders', OrdersSchema), { fallback: [{ totl: 1 }] }),
  // @ts-expect-error a required branch has no fallback
  () => required(users.get('/', UserSchema), { fallback: { id: '', name: '' } }),
  // @ts-expect-error unknown option of a branch
  () => optional(users.get('/', UserSchema), { timeot: '1s' }),
  // @ts-expect-error unknown option of a request
  () => users.get('/', UserSchema, { hedaers: { a: 'b' } }),
  // @ts-expect-error unknown option of a request without a schema
  () => users.get('/', { hedaers: { a: 'b' } }),
  // @ts-expect-error no branch, but a request
  () => aggregate({ branches: { user: users.get('/', UserSchema) }, reply: () => null }),
  // @ts-expect-error unknown option of the whole
  () => aggregate({ deadlin: '1s', branches: { user }, reply: () => null }),
  // @ts-expect-error both a shape and a reply
  () => aggregate({ branches: { user }, shape: 'merge', reply: () => null }),
  // @ts-expect-error a header of a branch that there is not
  () => aggregate({ branches: { user }, takeHeaders: { etag: 'usre' }, reply: () => null }),
  // @ts-expect-error what JSON cannot say: a function
  () => aggregate({ branches: { user }, reply: ({ user }) => ({ user, again: () => 1 }) }),
  // @ts-expect-error a promise that nobody awaited
  () => aggregate({ branches: { user }, reply: async () => ({ user: Promise.resolve(1) }) }),
  // @ts-expect-error a map
  () => aggregate({ branches: { user }, reply: () => ({ users: new Map<string, string>() }) }),
  // @ts-expect-error nothing
  () => aggregate({ branches: { user }, reply: () => {} }),
  () =>
    defineConfig({
      services: { orders: 'http://b' },
      // @ts-expect-error unknown service
      routes: [{ path: '/', aggregate: aggregate({ branches: { user } }) }],
    }),
  () =>
    defineConfig({
      services,
      // @ts-expect-error a branch that there is not, in a path
      routes: [{ path: '/', aggregate: aggregate({ branches: { user: asking('/{branches.b.id}') } }) }],
    }),
  () =>
    defineConfig({
      services,
      // @ts-expect-error a parameter that the path lacks
      routes: [{ path: '/{id}', aggregate: aggregate({ branches: { user: asking('/{di}') } }) }],
    }),
  () => {
    const sending = required(users.post('/', { body: { ids: ['{di}'] } }))
    return defineConfig({
      services,
      // @ts-expect-error the same in a body
      routes: [{ path: '/{id}', aggregate: aggregate({ branches: { sending } }) }],
    })
  },
]

test('what a handler may give is in the types', () => {
  handler(() => ({ a: [1, 'b', null, new Date()] }))
  handler(async ({ body }) => ({ body: body ?? null }))
  handler(({ params }) => (params['a'] === undefined ? respond({ status: 404 }) : { a: params['a'] }))
  respond({ json: { a: 1 }, headers: { 'set-cookie': ['a', 'b'] } })
  // @ts-expect-error a map is no JSON
  handler(() => new Map())
  // @ts-expect-error nothing is no answer
  handler(() => {})
  // @ts-expect-error neither when it comes later
  handler(async () => () => 1)
  // @ts-expect-error one body
  assert.throws(() => respond({ json: 1, text: 'a' }))
  // @ts-expect-error there is no such key
  handler(() => 1, { timeout: '1s' })
  assert.deepEqual(JSON.parse(JSON.stringify(handler(() => 1, { deadline: '1s' }))), { deadline: '1s' })
  defineConfig({ routes: [{ path: '/', handler: handler(() => 1) }] })
  // @ts-expect-error code is wrapped
  defineConfig({ routes: [{ path: '/', handler: './handler.ts' }] })
})

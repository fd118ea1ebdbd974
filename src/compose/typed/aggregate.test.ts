import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typedPartsIn } from '../../core/code/hidden.ts'
import { aggregate } from './aggregate.ts'
import { optional, required } from './part.ts'
import { service } from './service.ts'
import type { StandardSchema } from './standard-schema.ts'

const schema = (validate: StandardSchema['~standard']['validate'] = value => ({ value })): StandardSchema => ({
  '~standard': { version: 1, vendor: 'test', validate },
})

const users = service('users')

const made = () =>
  aggregate({
    deadline: '1s',
    meta: true,
    takeHeaders: { etag: 'user' },
    branches: {
      user: required(users.get('/users/{id}', schema(), { headers: { a: 'b' } }), { retry: 'none' }),
      notes: optional(users.post('/notes', { body: { q: 1 } }), {
        fallback: null,
        timeout: '1ms',
        when: { 'query.a': 'b' },
      }),
      head: optional(users.head('/')),
    },
    reply: () => 1,
  })

test('what it gives is what YAML would say', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(made())), {
    deadline: '1s',
    meta: true,
    takeHeaders: { etag: 'user' },
    branches: {
      user: { to: 'users', path: '/users/{id}', method: 'GET', headers: { a: 'b' }, required: true, retry: 'none' },
      notes: {
        to: 'users',
        path: '/notes',
        method: 'POST',
        body: { q: 1 },
        required: false,
        fallback: null,
        timeout: '1ms',
        when: { 'query.a': 'b' },
      },
      head: { to: 'users', path: '/', method: 'HEAD', required: false },
    },
  })
})

test('code is hidden in it: spreading keeps it, crossing threads loses it', () => {
  const value = made()
  const parts = typedPartsIn(value)
  assert.deepEqual(parts?.branches, ['user', 'notes', 'head'])
  assert.deepEqual([...(parts?.schemas.keys() ?? [])], ['user'])
  assert.equal(parts?.reply?.({}, {}), 1)
  assert.equal(typedPartsIn({ ...value, deadline: '2s' }), parts)
  assert.equal(typedPartsIn(structuredClone(value)), null)
  for (const other of [null, undefined, 1, 'text', [], {}, Object.create(value)])
    assert.equal(typedPartsIn(other), null)
})

test('a schema may be a function, and is called as what it is', () => {
  const callable = Object.assign(() => {}, {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate(this: { vendor: string }, value: unknown) {
        return { value: [this.vendor, value] }
      },
    },
  })
  const parts = typedPartsIn(aggregate({ branches: { a: required(users.get('/', callable as StandardSchema)) } }))
  assert.deepEqual(parts?.schemas.get('a')?.(5), { value: ['test', 5] })
  assert.equal(parts?.reply, null)
})

/** As one writes it who has no compiler. */
const loose = aggregate as unknown as (options: unknown) => unknown
const part = required(users.get('/'))
const sometimes = optional(users.get('/'), { when: { 'query.a': 'b' } })
const after = (path: string, when?: object) =>
  optional(users.get(path), when === undefined ? {} : { when: { 'query.a': 'b' } })

const mistakes: readonly (readonly [what: string, make: () => unknown, message: RegExp])[] = [
  [
    'a request in place of a branch',
    () => loose({ branches: { a: users.get('/') } }),
    /branch "a" must be made by required/,
  ],
  [
    'data in place of a branch',
    () => loose({ branches: { a: { to: 'users', path: '/' } } }),
    /branch "a" must be made by/,
  ],
  ['nothing in place of a branch', () => loose({ branches: { a: null } }), /branch "a" must be made by/],
  ['a reply that is no function', () => loose({ branches: { a: part }, reply: 5 }), /"reply" must be a function/],
  [
    'a reply and a shape',
    () => loose({ branches: { a: part }, reply: () => 1, shape: 'merge' }),
    /only one of "reply" and "shape"/,
  ],
  ['text in place of a schema', () => users.get('/', 'x' as never), /after the path comes a schema/],
  [
    'a branch that needs what may be left out',
    () => aggregate({ branches: { sometimes, after: after('/{branches.sometimes.id}') } }),
    /branch "after" needs "sometimes", which may be left out; give it a "when" of its own/,
  ],
  [
    'the same in a body',
    () =>
      loose({
        branches: { sometimes, after: optional(users.post('/', { body: [{ a: 'x {branches.sometimes.id}' }] })) },
      }),
    /branch "after" needs "sometimes"/,
  ],
]

for (const [what, make, message] of mistakes) {
  test(`refused at the call: ${what}`, () => {
    assert.throws(make, (error: Error) => message.test(error.message) && !error.stack?.includes('at aggregate '))
  })
}

test('a branch with conditions may need what may be left out, and braces are not references', () => {
  aggregate({ branches: { sometimes, after: after('/{branches.sometimes.id}', {}) } })
  aggregate({ branches: { sometimes, after: after('/{{branches.sometimes.id}}') } })
})

test('nothing at all is refused when the configuration is checked', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(loose({}))), { branches: {} })
})

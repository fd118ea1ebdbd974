import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Path } from '../spec/problem.ts'
import { locateLiterals } from './literals.ts'

const TEXT = `import { defineConfig } from 'sallyport'
// export default { fake: 1 }
const services: Record<string, string> = { users: 'http://a', 'b-c': "x" }
const route = (path: string) => ({ path, to: 'users' })
export default defineConfig({
  services,
  workers: 1 + (2, 3), /* , { */
  'drain': '5s',
  routes: [
    { path: '/a', to: 'usres' },
    route('/b'),
    { path: '/c', hosts: ['a', 'b'] } as const,
    ...more,
    { path: '/d' },
  ],
})
`

test('places of keys and values', () => {
  const locate = locateLiterals(TEXT, 'c.ts')
  const rows: [Path, 'key' | 'value', string][] = [
    [[], 'value', '5:29+1'],
    [['services', 'users'], 'value', '3:51+10'],
    [['services', 'b-c'], 'key', '3:63+5'],
    [['workers'], 'value', '7:12+1'],
    [['drain'], 'value', '8:12+4'],
    [['routes', 0, 'to'], 'value', '10:23+7'],
    [['routes', 0, 'to'], 'key', '10:19+2'],
    [['routes', 1, 'to'], 'value', '11:5+5'],
    [['routes', 2, 'hosts', 1], 'value', '12:32+3'],
    [['routes', 4, 'path'], 'value', '9:11+1'],
    [['nothing'], 'value', '5:29+1'],
  ]
  for (const [path, on, expected] of rows) {
    const place = locate(path, on)
    assert.equal(place && `${place.line}:${place.column}+${place.length}`, expected, JSON.stringify(path))
  }
})

test('what aggregates and their branches are given', () => {
  const text = `const users = service('users')
const dashboard = aggregate({ branches: { a: optional(users.get('/a', A), { when: {} }) } })
export default defineConfig({
  routes: [{
    path: '/x',
    aggregate: aggregate({
      deadline: '1x',
      branches: {
        user: required(users.get('/u/{id}', User, { expect: 1 }), { timeout: '1y' }),
        rest: optional(other, ...more),
      },
      reply: ({ user }) => ({ user }),
      meta: 1,
    }) as const,
    auth: 'none',
  }, { aggregate: dashboard }],
})
`
  const locate = locateLiterals(text, 'c.ts')
  const rows: [Path, 'key' | 'value', string][] = [
    [['deadline'], 'value', '7:17'],
    [['branches', 'user'], 'value', '9:15'],
    [['branches', 'user', 'to'], 'value', '9:24'],
    [['branches', 'user', 'path'], 'value', '9:34'],
    [['branches', 'user', 'timeout'], 'value', '9:78'],
    [['branches', 'user', 'expect'], 'value', '9:15'],
    [['branches', 'rest', 'path'], 'value', '10:15'],
    [['branches', 'more'], 'value', '8:17'],
    [['meta'], 'value', '13:13'],
  ]
  for (const [path, on, expected] of rows) {
    const place = locate(['routes', 0, 'aggregate', ...path], on)
    assert.equal(place && `${place.line}:${place.column}`, expected, JSON.stringify(path))
  }
  assert.equal(locate(['routes', 0, 'auth'], 'value')?.line, 15)
  assert.equal(locate(['routes', 1, 'aggregate', 'branches', 'a', 'when'], 'value')?.line, 2)
})

test('an exported constant, and none', () => {
  const place = locateLiterals('const c = { a: 1 }\nexport default c\n', 'c.ts')(['a'], 'value')
  assert.deepEqual(place, { file: 'c.ts', line: 1, column: 16, length: 1 })
  assert.equal(locateLiterals('const c = 1', 'c.ts')(['a'], 'value'), undefined)
})

test('constants that refer to each other end', () => {
  const locate = locateLiterals('const a = { b }\nconst b = { a }\nexport default a', 'c.ts')
  assert.equal(locate(['b', 'a', 'b', 'a', 'b', 'a'], 'value')?.file, 'c.ts')
})

test('no text makes it throw or hang', () => {
  const piece = fc.constantFrom(
    'export default ',
    'aggregate(',
    'required(',
    'users.get(',
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    ',',
    ':',
    'a',
    '"',
    "'",
    '`',
    '...',
    'const a = ',
    '//',
    '/*',
    '\n',
    'as ',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
      locateLiterals(`export default {${pieces.join('')}`, 'c.ts')(['a', 0, 'a'], 'key')
    }),
    { numRuns: 1000 },
  )
})

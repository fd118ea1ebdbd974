import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import { queryValue } from '../base/query.ts'
import { Target } from '../base/target.ts'
import type { TextTemplate } from '../spec/spec-aggregate.ts'
import { compileTarget } from './target-template.ts'
import { type Given, inputs } from './testing/inputs.ts'
import { branchSpec, ref } from './testing/specs.ts'

type Query = readonly (readonly [string, TextTemplate])[]

const VALUE = ref('branches.v')

const targetOf = (path: TextTemplate, given: Given, query: Query = []): string => {
  const { from, resolve } = inputs(given)
  const target = compileTarget(branchSpec('b', { path, query }), resolve)
  return target.path(from) + target.query(from)
}

const withValue = (path: TextTemplate, value: Json): string => targetOf(path, { branches: { v: value } })

const refusal = (make: () => unknown): string => {
  try {
    make()
  } catch (error) {
    if (error instanceof Fault) return error.detail
    throw error
  }
  return 'none'
}

for (const [value, expected] of [
  ['abc', '/a/abc/z'],
  [42, '/a/42/z'],
  [-0.5, '/a/-0.5/z'],
  [true, '/a/true/z'],
  ['a/b', '/a/a%2Fb/z'],
  ['%2e%2e', '/a/%252e%252e/z'],
  ['...', '/a/.../z'],
  ['.x', '/a/.x/z'],
  ['?x=1', '/a/%3Fx%3D1/z'],
  ['#x', '/a/%23x/z'],
  [';x', '/a/%3Bx/z'],
  ['a b+c', '/a/a%20b%2Bc/z'],
  ['ü€😀', '/a/%C3%BC%E2%82%AC%F0%9F%98%80/z'],
  [JSON.rawJSON('12345678901234567890'), '/a/12345678901234567890/z'],
] as const) {
  test(`in a path, ${JSON.stringify(value)} makes ${expected}`, () => {
    assert.equal(withValue(['/a/', VALUE, '/z'], value), expected)
  })
}

for (const [value, why] of [
  ['', '{branches.v} is empty, which a path cannot hold'],
  ['.', 'a segment of the path would be a dot segment'],
  ['..', 'a segment of the path would be a dot segment'],
  ['..;x', 'a segment of the path would be a dot segment'],
  ['../x', 'a segment of the path would be a dot segment'],
  ['..\\x', 'a segment of the path would be a dot segment'],
  ['x/../y', 'a segment of the path would be a dot segment'],
  ['x\\.', 'a segment of the path would be a dot segment'],
  ['.;', 'a segment of the path would be a dot segment'],
  ['a\r\nHost: b', '{branches.v} holds a control character'],
  ['a\u0000', '{branches.v} holds a control character'],
  ['\u007f', '{branches.v} holds a control character'],
  ['\ud800', '{branches.v} is not valid Unicode'],
  [null, '{branches.v} is neither text nor number'],
  [{}, '{branches.v} is neither text nor number'],
  [['a'], '{branches.v} is neither text nor number'],
  [2 ** 53, '{branches.v} is too large a number to be passed on exactly'],
  [Number.POSITIVE_INFINITY, '{branches.v} is too large a number to be passed on exactly'],
  ['x'.repeat(9000), 'the target would be too long'],
] as const) {
  test(`in a path, ${JSON.stringify(value)?.slice(0, 40)} is refused: ${why}`, () => {
    assert.equal(
      refusal(() => withValue(['/a/', VALUE, '/z'], value)),
      why,
    )
    if (value === '') return
    assert.equal(
      refusal(() => withValue(['/a/', VALUE], value)),
      why,
    )
    assert.equal(
      refusal(() => withValue(['/', VALUE, '?b=1'], value)),
      why,
    )
  })
}

test('a value that is missing is told, never written', () => {
  const given: Given = { missing: ['v'] }
  for (const text of [
    'params.x',
    'query.x',
    'headers.x',
    'claims.x',
    'body.x',
    'branches.v.x',
    'consumer',
    'subject',
  ]) {
    assert.equal(
      refusal(() => targetOf(['/a/', ref(text)], given)),
      `{${text}} has no value`,
    )
    assert.equal(
      refusal(() => targetOf(['/a?b=', ref(text)], given)),
      `{${text}} has no value`,
    )
  }
})

test('values and text between cannot make a dot segment together', () => {
  assert.match(
    refusal(() => withValue(['/a/.', VALUE, '/b'], '.')),
    /dot segment/,
  )
  assert.match(
    refusal(() => withValue(['/a/', VALUE, '.'], '.')),
    /dot segment/,
  )
  assert.match(
    refusal(() => withValue(['/a/', VALUE, VALUE], '.')),
    /dot segment/,
  )
  assert.match(
    refusal(() => withValue(['/a/%2e', VALUE], '.')),
    /dot segment/,
  )
  assert.match(
    refusal(() => withValue(['/a/', VALUE, '%3bx'], '..')),
    /dot segment/,
  )
  assert.equal(withValue(['/a/x', VALUE], '..'), '/a/x..')
  assert.equal(withValue(['/a/', VALUE, VALUE], '..'), '/a/....')
})

test('what was written stays, in its normal form', () => {
  assert.equal(targetOf(['/a//b/?x=%7e&y=ü'], {}), '/a//b/?x=~&y=%C3%BC')
  assert.equal(withValue(['/100%', VALUE], '2e'), '/100%252e')
  assert.equal(targetOf(['/a?b=/../c?d'], {}), '/a?b=/../c?d')
})

for (const [value, expected] of [
  ['', '/a?b=&c=1'],
  ['x&d=2', '/a?b=x%26d%3D2&c=1'],
  ['x#y', '/a?b=x%23y&c=1'],
  ['a b', '/a?b=a%20b&c=1'],
  ['\r\nX: y', '/a?b=%0D%0AX%3A%20y&c=1'],
  ['..', '/a?b=..&c=1'],
  [7, '/a?b=7&c=1'],
] as const) {
  test(`in a query, ${JSON.stringify(value)} makes ${expected}`, () => {
    assert.equal(withValue(['/a?b=', VALUE, '&c=1'], value), expected)
    assert.equal(
      targetOf(['/a'], { branches: { v: value } }, [
        ['b', [VALUE]],
        ['c', ['1']],
      ]),
      expected,
    )
  })
}

test('parameters of their own are added to the query; what is missing leaves one out', () => {
  const query: Query = [
    ['page size', ['10']],
    ['user', ['u-', ref('claims.sub')]],
    ['q', [ref('query.q')]],
    ['next', [ref('branches.list.next')]],
  ]
  const given: Given = { query: '?q=x', branches: { list: { next: null } } }
  assert.equal(targetOf(['/a'], given, query), '/a?page%20size=10&q=x')
  assert.equal(
    targetOf(['/a?b=1'], { ...given, identity: { claims: { sub: 7 } } }, query),
    '/a?b=1&page%20size=10&user=u-7&q=x',
  )
  assert.equal(targetOf(['/a'], { branches: { list: {} } }, query.slice(2)), '/a')
  assert.match(
    refusal(() => targetOf(['/a'], { ...given, branches: { list: { next: {} } } }, query)),
    /neither text/,
  )
})

const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('.', '/', '\\', '%', '2', 'e', 'E', '?', '#', '&', '=', ';', '\r', '\n', '\u0000', 'ü', ' '),
  }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
)

test('whatever the value, it is one segment: other segments stay where they are, and nothing is normalised away', () => {
  fc.assert(
    fc.property(anything, anything, (first, second) => {
      const { from, resolve } = inputs({ branches: { v: first, w: second } })
      const template = compileTarget(
        branchSpec('b', { path: ['/api/', VALUE, '/x-', ref('branches.w'), '/end?k=1'] }),
        resolve,
      )
      let path: string
      try {
        path = template.path(from)
      } catch (error) {
        return assert.ok(error instanceof Fault)
      }
      const target = new Target()
      assert.ok(target.set(path + template.query(from), 'keep'), target.reason)
      assert.equal(target.path, path)
      assert.equal(target.query, '?k=1')
      const segments = path.split('/')
      assert.deepEqual([segments.length, segments[1], segments[4]], [5, 'api', 'end'])
      assert.equal(decodeURIComponent(segments[2]!), String(first))
      assert.equal(decodeURIComponent(segments[3]!), `x-${second}`)
    }),
    { numRuns: 2000 },
  )
})

test('whatever the value, it is one parameter: it comes back as it was', () => {
  fc.assert(
    fc.property(anything, anything, (first, second) => {
      const { from, resolve } = inputs({ branches: { v: first, w: second } })
      const spec = branchSpec('b', { path: ['/a?one=', VALUE], query: [['two', [ref('branches.w')]]] })
      let query: string
      try {
        query = compileTarget(spec, resolve).query(from)
      } catch (error) {
        return assert.ok(error instanceof Fault)
      }
      assert.ok(new Target().set(`/a${query}`, 'keep'))
      assert.equal(query.split('&').length, 2)
      assert.deepEqual([queryValue(query, 'one'), queryValue(query, 'two')], [String(first), String(second)])
    }),
    { numRuns: 2000 },
  )
})

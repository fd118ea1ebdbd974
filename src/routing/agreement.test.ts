import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { routeSpec } from '../../test/support/routing.ts'
import { headersOf } from '../base/headers.ts'
import { entriesOf, type RouteEntry } from '../spec/entry.ts'
import { parsePattern } from '../spec/pattern.ts'
import { compareEntries, compareForHead, mayTie, neverMatches, samePredicates } from '../spec/precedence.ts'
import type { FieldMatchSpec, RouteSpec } from '../spec/spec.ts'
import { compileRouter, type MatchInput } from './router.ts'

/** The router in ten lines: sort, then the first that matches; patterns and wildcards as regular expressions. */
const linear = (routes: readonly RouteSpec[], q: MatchInput): { route: RouteSpec; params: string[] } | undefined => {
  const compare = q.method === 'HEAD' ? compareForHead : compareEntries
  for (const entry of routes.flatMap(entriesOf).sort(compare)) {
    const params = patternRegex(entry)
      .exec(q.path)
      ?.slice(1)
      .map(value => value ?? '')
    if (params !== undefined && hostRegex(entry).test(q.host) && restFits(entry.route, q))
      return { route: entry.route, params }
  }
  return undefined
}

const patternRegex = ({ route: { match } }: RouteEntry): RegExp => {
  if (match.kind === 'regex') return new RegExp(`^(?:${match.pattern})$`, 's')
  const base = match.kind === 'prefix' ? match.pattern.replace(/\/$/, '') : match.pattern
  const source = base.replaceAll(/\{\w+\.\.\.\}/g, '(.*)').replaceAll(/\{\w+\}/g, '([^/]+)')
  return new RegExp(`^${source}${match.kind === 'prefix' ? '(?:/|$)' : '$'}`)
}

const hostRegex = ({ host }: RouteEntry): RegExp =>
  host === '' ? /^/ : new RegExp(`^${host.replaceAll('.', '\\.').replace('*', '.+')}$`)

const restFits = ({ methods, headers, query }: RouteSpec, q: MatchInput): boolean =>
  (methods.length === 0 || methods.includes(q.method) || (q.method === 'HEAD' && methods.includes('GET'))) &&
  headers.every(field => fieldFits(field, q.headers.get(field.name))) &&
  query.every(field => fieldFits(field, new URLSearchParams(q.query).get(field.name) ?? undefined))

const fieldFits = (field: FieldMatchSpec, got: string | undefined): boolean =>
  'value' in field ? got === field.value : got !== undefined && new RegExp(`^(?:${field.regex})$`, 's').test(got)

const literals = fc.constantFrom('a', 'b', 'ab', 'a%2Fb')
const pathPattern = fc
  .tuple(
    fc.array(fc.oneof({ weight: 3, arbitrary: literals }, { weight: 2, arbitrary: fc.constant('{}') }), {
      maxLength: 4,
    }),
    fc.constantFrom('', '', '', '/', '/{rest...}'),
  )
  .map(
    ([segments, end]) =>
      segments.map((segment, i) => '/' + (segment === '{}' ? `{p${i}}` : segment)).join('') + end || '/',
  )
/** Each means the same to V8. */
const regexes = fc.constantFrom(
  '/a(?<p0>/.*)?',
  '/[ab]+',
  '/(?<p0>[^/]+)/(?<p1>[ab]|ab)',
  '/ab|/a(?:/b)*',
  '/(?<p0>a|ab)(?<p1>b?)/*',
  '/.*%2F.*',
  '.*',
)
const regexMatch = regexes.map(pattern => ({ kind: 'regex' as const, pattern }))
const segmentsMatch = fc
  .record({ kind: fc.constantFrom('path' as const, 'prefix' as const), pattern: pathPattern })
  .map(({ kind, pattern }) => ({
    kind,
    pattern: kind === 'prefix' ? pattern.replace(/\/\{rest\.\.\.\}$/, '') || '/' : pattern,
  }))
const match = fc.oneof({ weight: 3, arbitrary: segmentsMatch }, { weight: 1, arbitrary: regexMatch })
const fields = (name: string) => {
  const names = fc.constantFrom(name, `${name}2`)
  const exact = fc.record({ name: names, value: fc.constantFrom('1', '2 ') })
  const like = fc.record({ name: names, regex: fc.constantFrom('[0-9]', '.*', '2.', '1') })
  const field: fc.Arbitrary<FieldMatchSpec> = fc.oneof({ weight: 2, arbitrary: exact }, { weight: 1, arbitrary: like })
  return fc.uniqueArray(field, {
    selector: field => field.name,
    maxLength: 2,
  })
}
const sometimes = <T>(arbitrary: fc.Arbitrary<T[]>): fc.Arbitrary<T[]> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant<T[]>([]) }, { weight: 1, arbitrary })
const hostNames = ['h', 'x.h', 'y.x.h', '*.h', '*.x.h']
const route = fc.record({
  match,
  hosts: sometimes(fc.uniqueArray(fc.constantFrom(...hostNames), { maxLength: 3 })),
  methods: sometimes(fc.uniqueArray(fc.constantFrom('GET', 'HEAD', 'POST'), { maxLength: 2 })),
  headers: sometimes(fields('x')),
  query: sometimes(fields('q')),
  priority: fc.constantFrom(0, 0, 0, 1),
})
const table = fc
  .array(route, { minLength: 1, maxLength: 12 })
  .map(rows => rows.map((row, index) => routeSpec({ ...row, index, name: `r${index}` })))
const request = fc.record({
  listener: fc.constant('web'),
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE'),
  host: fc.constantFrom('h', 'x.h', 'y.x.h', 'z.y.x.h', 'other', '.h', ''),
  path: fc
    .array(fc.constantFrom('/', '/a', '/b', '/ab', '/a%2Fb', '/abc'), { minLength: 1, maxLength: 6 })
    .map(parts => parts.join('')),
  query: fc.constantFrom('', '?q=1', '?q=2+&q2=1', '?q2=1&q=1', '?q=9&q=1'),
  headers: fc.constantFrom(
    headersOf([]),
    headersOf([['x', '1']]),
    headersOf([
      ['x', '1'],
      ['x2', '2 '],
    ]),
  ),
})
const requests = fc.array(request, { minLength: 1, maxLength: 8 })

test('property: the compiled router and the linear one agree, parameters too', () => {
  fc.assert(
    fc.property(table, requests, (routes, asks) => {
      const router = compileRouter(routes.map(spec => ({ spec })))
      for (const ask of asks) {
        const q: MatchInput = { ...ask, params: [] }
        const expected = linear(routes, q)
        assert.equal(router.match(q)?.spec.name, expected?.route.name)
        assert.deepEqual(q.params, expected?.params ?? [])
      }
    }),
    { numRuns: 1000 },
  )
})

test('property: allowed lists exactly the methods with which a route that names methods would take the request', () => {
  fc.assert(
    fc.property(table, requests, (routes, asks) => {
      const router = compileRouter(routes.map(spec => ({ spec })))
      for (const ask of asks) {
        const named = routes.filter(spec => spec.methods.length > 0)
        const takes = (method: string) => linear(named, { ...ask, method, params: [] }) !== undefined
        assert.deepEqual(router.allowed({ ...ask, params: [] }), ['GET', 'HEAD', 'POST'].filter(takes))
      }
    }),
  )
})

test('property: the explanation has the same winner, and every loser a reason', () => {
  fc.assert(
    fc.property(table, request, (routes, ask) => {
      const rows = routes.map(spec => ({ spec }))
      const router = compileRouter(rows)
      const explained = router.explain({ ...ask, params: [] })
      assert.equal(explained.matched, router.match({ ...ask, params: [] }))
      const fitting = rows.filter(row => patternRegex(entriesOf(row.spec)[0]!).test(ask.path))
      assert.equal(explained.losers.length + (explained.matched === null ? 0 : 1), fitting.length)
      for (const loser of explained.losers) assert.ok(loser.reasons.length > 0)
    }),
  )
})

test('property: the order is one: entries compare the same both ways round, and no two entries of two routes are equal', () => {
  fc.assert(
    fc.property(table, routes => {
      const entries = routes.flatMap(entriesOf)
      for (const a of entries) {
        for (const b of entries) {
          assert.equal(Math.sign(compareEntries(a, b)) + Math.sign(compareEntries(b, a)), 0)
          if (a.route !== b.route) assert.notEqual(compareEntries(a, b), 0)
        }
      }
    }),
  )
})

test('property: a route that is said never to match does not', () => {
  fc.assert(
    fc.property(table, requests, (routes, asks) => {
      const dead = routes.filter(spec => neverMatches(spec, routes) !== undefined)
      const router = compileRouter(routes.map(spec => ({ spec })))
      for (const ask of asks) {
        const found = router.match({ ...ask, params: [] })
        assert.ok(found === null || !dead.includes(found.spec))
      }
    }),
    { numRuns: 500 },
  )
})

test('property: where the order of writing decides, it is known to be a tie or a copy', () => {
  fc.assert(
    fc.property(table, requests, (routes, asks) => {
      const backwards = routes.map(spec => ({ ...spec, index: -spec.index }))
      for (const ask of asks) {
        const one = linear(routes, { ...ask, params: [] })?.route
        const other = linear(backwards, { ...ask, params: [] })?.route
        if (one === undefined || other === undefined || one.name === other.name) continue
        assert.ok(mayTie(one, other) || samePredicates(one, other), `${one.name} and ${other.name}`)
      }
    }),
    { numRuns: 500 },
  )
})

test('generated patterns are valid', () => {
  fc.assert(fc.property(match, ({ kind, pattern }) => assert.ok('segments' in parsePattern(pattern, kind))))
})

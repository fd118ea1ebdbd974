import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routeSpec } from '../../test/support/routing.ts'
import { compareRoutes, mayTie, neverMatches, samePredicates } from './precedence.ts'
import type { RouteSpec } from './spec.ts'

/** `GET,POST h,*.x /path/{a} x-a=1 ?q=1 !5`: a path; `/prefix*`: a prefix; `!`: the priority. */
const routes = (...lines: string[]): RouteSpec[] => lines.map((line, index) => route(line, index))

const route = (line: string, index: number): RouteSpec => {
  const words = line.split(' ')
  const pattern = words.find(word => word.startsWith('/')) ?? '/*'
  const pairs = (test: (word: string) => boolean) =>
    words
      .filter(word => word.includes('=') && test(word))
      .map(word => {
        const [name = '', value = ''] = word.replace('?', '').split('=')
        return { name, value }
      })
  return routeSpec({
    name: line,
    index,
    match: pattern.endsWith('*') ? { kind: 'prefix', pattern: pattern.slice(0, -1) || '/' } : { kind: 'path', pattern },
    methods: words.find(word => /^[A-Z,]+$/.test(word))?.split(',') ?? [],
    hosts: words.find(word => /^[a-z*][a-z.,*]*$/.test(word))?.split(',') ?? [],
    headers: pairs(word => !word.startsWith('?')),
    query: pairs(word => word.startsWith('?')),
    priority: Number(words.find(word => word.startsWith('!'))?.slice(1) ?? 0),
  })
}

test('every step of the order, from the most to the least specific', () => {
  const inOrder = [
    '/* !1',
    'b.a.h /a',
    'b.a.h /*',
    '*.a.h /*',
    '*.h /a/b',
    '/a/b',
    '/a/{x}/c',
    '/a/{x}/{y}',
    '/a/{x}/{rest...}',
    '/a/{rest...}',
    '/{x}/b',
    '/{rest...}',
    '/a/b/c*',
    'GET /a/b* x-a=1',
    'GET /a/b*',
    '/a/b* x-a=1 x-b=1',
    '/a/b* x-a=1 ?q=1',
    '/a/b* x-a=1',
    '/a/b* ?q=1',
    '/a/b*',
    '/a/{x}*',
    '/a*',
    '/{x}*',
    '/*',
    '/* !-1',
  ]
  // Written backwards, so that the order of writing helps nobody.
  const written = routes(...inOrder.toReversed())
  assert.deepEqual(
    written.toSorted(compareRoutes).map(({ name }) => name),
    inOrder,
  )
})

test('the order of writing decides last, and a route with several hosts stands where its best host does', () => {
  const [a, b, c] = routes('/a x-a=1', '/a x-b=1', '*.h,h.x /a')
  assert.ok(compareRoutes(a!, b!) < 0)
  assert.ok(compareRoutes(b!, a!) > 0)
  assert.ok(compareRoutes(c!, a!) < 0)
})

const same: readonly [string, string, boolean][] = [
  ['/a/{x}', '/a/{y}', true],
  ['/a*', '/a/*', true],
  ['/caf\u00e9', '/caf%c3%a9', true],
  ['GET,POST /a', 'POST,GET /a', true],
  ['/a x=1 y=2', '/a y=2 x=1', true],
  ['h,i /a', 'i,j /a', true],
  ['/a', '/a*', false],
  ['/a', '/a/', false],
  ['/a', '/a !1', false],
  ['GET /a', '/a', false],
  ['GET /a', 'GET,HEAD /a', false],
  ['h /a', 'i /a', false],
  ['h /a', '/a', false],
  ['/a x=1', '/a x=2', false],
  ['/a x=1', '/a ?x=1', false],
]

for (const [one, other, expected] of same) {
  test(`"${one}" and "${other}" are ${expected ? '' : 'not '}the same`, () => {
    const [a, b] = routes(one, other)
    assert.equal(samePredicates(a!, b!), expected)
    assert.equal(samePredicates(b!, a!), expected)
  })
}

const ties: readonly [string, string, boolean][] = [
  ['/a x=1', '/a y=1', true],
  ['/a x=1', '/a x=2', false],
  ['/a x=1', '/a x=1', false],
  ['/a ?x=1', '/a ?y=1', true],
  ['GET,POST /a', 'GET,PUT /a', true],
  ['GET /a', 'POST /a', false],
  ['GET /a', 'HEAD /a', false],
  ['GET /a', '/a', false],
  ['/a/{x}', '/{x}/a', false],
  ['GET /a/{x}', 'GET,POST /a/{y}', true],
  ['GET /a', 'GET,POST /b', false],
  ['h,i /a x=1', 'i /a y=1', true],
  ['h /a x=1', 'i /a y=1', false],
  ['/a x=1', '/a ?x=1', false],
]

for (const [one, other, expected] of ties) {
  test(`"${one}" and "${other}" ${expected ? 'may' : 'cannot'} tie`, () => {
    const [a, b] = routes(one, other)
    assert.equal(mayTie(a!, b!), expected)
    assert.equal(mayTie(b!, a!), expected)
  })
}

const covered: readonly [later: string, earlier: string, never: boolean][] = [
  ['/a', '/* !1', true],
  ['/a', '/*', false],
  ['/a x=1', '/a !1', true],
  ['/a', '/a x=1 !1', false],
  ['GET /a', 'GET,POST /a', true],
  ['GET /a', 'GET,POST /a !1', true],
  ['/a', 'GET /a !1', false],
  ['HEAD /a', 'GET /a !1', true],
  ['HEAD /a', 'GET /a', false],
  ['/a/b*', '/a/{rest...}', true],
  ['/a*', '/a/{rest...}', false],
  ['/a/{x}', '/a* !1', true],
  ['/a/{rest...}', '/a* !1', true],
  ['/a/b', '/{x}/b !1', true],
  ['/a/', '/a/{x} !1', false],
  ['/a/', '/a/{rest...} !1', true],
  ['/a/{rest...}', '/a/{x} !1', false],
  ['/a/b/c', '/a/b !1', false],
  ['/a/b*', '/a/b !1', false],
  ['/ab*', '/a* !1', false],
  ['x.h /a', '*.h /a !1', true],
  ['h /a', '*.h /a !1', false],
  ['*.x.h /a', '*.h /a !1', true],
  ['*.h /a', '*.x.h /a !1', false],
  ['h,i /a', 'h /a !1', false],
  ['/a', 'h /a !1', false],
]

for (const [later, earlier, never] of covered) {
  test(`"${later}" ${never ? 'never matches' : 'can match'} beside "${earlier}"`, () => {
    const [first, second] = routes(earlier, later)
    assert.equal(neverMatches(second!, [first!, second!]), never ? first : undefined)
  })
}

test('a route whose hosts are taken one by one never matches, and the first taker is named', () => {
  const [a, b, later] = routes('h /* !1', '*.i /* !1', 'h,x.i /a')
  assert.equal(neverMatches(later!, [b!, a!]), a)
  assert.equal(neverMatches(later!, [b!]), undefined)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PatternKind, parsePattern } from './pattern.ts'

/** Segments in short: literals quoted, `{x}`, `{x...}`. */
const shown = (text: string, kind: PatternKind = 'path'): string[] => {
  const pattern = parsePattern(text, kind)
  if ('error' in pattern) throw new Error(pattern.error)
  return pattern.segments.map(segment =>
    segment.kind === 'literal'
      ? `'${segment.text}'`
      : segment.kind === 'param'
        ? `{${segment.name}}`
        : `{${segment.name}...}`,
  )
}

test('a path is what stands between its slashes', () => {
  assert.deepEqual(shown('/'), ["''"])
  assert.deepEqual(shown('/a'), ["'a'"])
  assert.deepEqual(shown('/a/'), ["'a'", "''"])
  assert.deepEqual(shown('/orders/{id}/lines'), ["'orders'", '{id}', "'lines'"])
  assert.deepEqual(shown('/files/{rest...}'), ["'files'", '{rest...}'])
})

test('a trailing slash means nothing in a prefix', () => {
  assert.deepEqual(shown('/', 'prefix'), [])
  assert.deepEqual(shown('/a/', 'prefix'), ["'a'"])
  assert.deepEqual(shown('/a/{x}', 'prefix'), ["'a'", '{x}'])
})

test('literals are kept in the form that requests are brought into', () => {
  assert.deepEqual(shown('/caf\u00e9'), ["'caf%C3%A9'"])
  assert.deepEqual(shown('/%7euser/a%2fb'), ["'~user'", "'a%2Fb'"])
})

test('parameters are listed in order', () => {
  const pattern = parsePattern('/{a}/x/{b}/{c...}', 'path')
  assert.ok('params' in pattern)
  assert.deepEqual(pattern.params, ['a', 'b', 'c'])
})

const mistakes: readonly [text: string, kind: PatternKind, error: RegExp, offset: number][] = [
  ['', 'path', /start with "\/"/, 0],
  ['api', 'prefix', /start with "\/"/, 0],
  ['/a//b', 'path', /empty segment/, 3],
  ['/a//', 'prefix', /empty segment/, 3],
  ['/a/{id}.json', 'path', /whole segment/, 3],
  ['/a/x{id}', 'path', /whole segment/, 4],
  ['/a/{id', 'path', /whole segment/, 3],
  ['/a/{x}{y}', 'path', /whole segment/, 3],
  ['/{}', 'path', /parameter name/, 1],
  ['/{user.id}', 'path', /parameter name/, 1],
  ['/{id}/{id}', 'path', /twice/, 6],
  ['/{rest...}/x', 'path', /last segment/, 1],
  ['/a/{rest...}', 'prefix', /needs no/, 3],
  ['/api/*', 'path', /not a wildcard/, 5],
  ['/api/:id', 'path', /written \{name\}/, 5],
  ['/a?b=1', 'path', /"query"/, 2],
  ['/a#b', 'path', /"#"/, 2],
  ['/a b', 'path', /spaces/, 2],
  ['/a\\b', 'path', /%5C/, 2],
  ['/a/%zz', 'path', /two hex digits/, 3],
  ['/a/../b', 'path', /dot segments/, 3],
  ['/a/%2E%2e', 'path', /dot segments/, 3],
  ['/x'.repeat(65), 'path', /more than 64/, 0],
]

for (const [text, kind, error, offset] of mistakes) {
  test(`${kind} "${text.slice(0, 20)}" is refused`, () => {
    const result = parsePattern(text, kind)
    assert.ok('error' in result)
    assert.match(result.error, error)
    assert.equal(result.offset, offset)
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Path } from '../spec/problem.ts'
import { parseYaml } from './yaml.ts'

const TEXT = `# a comment
services:
  users: { url: http://a }
  "b c":
    url: &there http://b
routes:
  - path: /a
    to: users
  - { path: "/b",   to: users, hosts: [a.com, *there] }
  - path: >
      folded
    empty:
`

test('places of values and keys', () => {
  const { locate, problems } = parseYaml(TEXT, 'c.yaml')
  assert.deepEqual(problems, [])
  const rows: [Path, 'key' | 'value', string][] = [
    [[], 'value', '2:1+1'],
    [['services'], 'key', '2:1+8'],
    [['services', 'users', 'url'], 'value', '3:17+8'],
    [['services', 'users', 'url'], 'key', '3:12+3'],
    [['services', 'b c'], 'key', '4:3+5'],
    [['routes', 0], 'value', '7:5+1'],
    [['routes', 0, 'to'], 'value', '8:9+5'],
    [['routes', 1, 'hosts', 1], 'value', '9:47+6'],
    [['routes', 2, 'path'], 'value', '10:11+1'],
    [['routes', 2, 'empty'], 'value', '12:5+5'],
    // What is not there is shown where it would be.
    [['routes', 1, 'respond', 'status'], 'value', '9:5+1'],
    [['routes', 9], 'value', '7:3+1'],
    [['nothing', 'here'], 'value', '2:1+1'],
  ]
  for (const [path, on, expected] of rows) {
    const place = locate(path, on)
    assert.equal(place && `${place.line}:${place.column}+${place.length}`, expected, JSON.stringify(path))
    assert.equal(place?.file, 'c.yaml')
  }
})

test('mistakes in YAML itself', () => {
  const rows: [string, string][] = [
    ['a: 1\na: 2', '2:1 this key is there twice'],
    ['a: 1\n---\nb: 1', '2:1 only one document ("---") is allowed'],
    ['a: { path: /x/{id} }', '1:15 a "{" within text starts a map here'],
    ['a: @x', '1:4 a value that starts with @ must be in quotes'],
    ['a:\n\t- b', '2:1 tabs are not allowed as indentation'],
    ['? [a]\n: b', '1:3 keys must be text'],
    ['a: *b', '1:1 unresolved alias (the anchor must be set before the alias): b'],
    ['a: "b', '1:6 missing closing "quote'],
  ]
  for (const [text, expected] of rows) {
    const [problem] = parseYaml(text, 'c.yaml').problems
    assert.equal(`${problem?.place?.line}:${problem?.place?.column} ${problem?.message}`, expected, text)
  }
})

test('a duplicate key does not hide the rest', () => {
  assert.deepEqual(parseYaml('a: 1\na: 2\nb: 3', 'c').document, { a: 2, b: 3 })
})

test('anchors and merge keys', () => {
  const { document } = parseYaml('x: &x { p: 1 }\ny: { <<: *x, q: 2 }\nz: *x', 'c')
  assert.deepEqual(document, { x: { p: 1 }, y: { p: 1, q: 2 }, z: { p: 1 } })
})

test('aliases to aliases are bounded', () => {
  const laughs = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(',')}]`)
  const { problems, document } = parseYaml(['l0: &l0 lol', ...laughs].join('\n'), 'c')
  assert.match(problems[0]?.message ?? '', /excessive alias count/)
  assert.equal(document, undefined)
})

test('deep nesting is a problem, not a crash', () => {
  assert.equal(parseYaml('['.repeat(50_000), 'c').problems[0]?.message, 'is nested too deeply')
})

test('no text makes the parser throw', () => {
  const piece = fc.constantFrom(
    'a',
    ': ',
    '\n',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '&x ',
    '*x',
    '"',
    "'",
    '|',
    '>',
    '#',
    '---',
    '\t',
    '!',
    '%',
    '<<',
    '?',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
      const { document, problems, locate } = parseYaml(pieces.join(''), 'c')
      locate(['a', 0, 'a'], 'key')
      return document !== undefined || problems.length > 0
    }),
    { numRuns: 1000 },
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseRefTemplate, showTemplate } from './ref-template.ts'
import type { RefSpec, TextTemplate } from './spec-aggregate.ts'

const ref = (source: RefSpec['source'], ...path: string[]): RefSpec => ({ source, path })

test('texts and the places in them', () => {
  const rows: readonly (readonly [text: string, ...parts: TextTemplate])[] = [
    [''],
    ['/a?b=c', '/a?b=c'],
    ['/{id}', '/', ref('params', 'id')],
    ['{params.id}{query.page}', ref('params', 'id'), ref('query', 'page')],
    ['{query.filter.name}', ref('query', 'filter.name')],
    ['{headers.X-Tenant}', ref('headers', 'x-tenant')],
    ['{claims.sub} {claims.org.id}', ref('claims', 'sub'), ' ', ref('claims', 'org', 'id')],
    ['{body}{body.a.0.b}', ref('body'), ref('body', 'a', '0', 'b')],
    ['{branches.user}{branches.user.id}', ref('branches', 'user'), ref('branches', 'user', 'id')],
    ['{consumer}:{subject}', ref('consumer'), ':', ref('subject')],
    ['{params.consumer}', ref('params', 'consumer')],
    ['{{id}}', '{id}'],
    ['a{{{id}}}b', 'a{', ref('params', 'id'), '}b'],
    ['{{}}{{', '{}{'],
  ]
  for (const [text, ...parts] of rows) {
    const parsed = parseRefTemplate(text)
    assert.deepEqual([parsed.parts, parsed.mistakes], [parts, []], text)
  }
})

test('where each place is', () => {
  const { refs } = parseRefTemplate('/{{x}}/{id}?a={claims.sub}')
  assert.deepEqual(
    refs.map(({ text, offset }) => [text, offset]),
    [
      ['id', 7],
      ['claims.sub', 14],
    ],
  )
})

test('each mistake with its place, and what would be right', () => {
  const BRACE = 'has a brace without its counterpart; references are written {claims.sub}, braces themselves {{ and }}'
  const KNOWN = 'it begins with params, query, headers, claims, body, branches, consumer or subject'
  const rows: readonly (readonly [text: string, ...mistakes: string[]])[] = [
    ['a{b', `2: ${BRACE}`],
    ['a}', `2: ${BRACE}`],
    ['{{{', `3: ${BRACE}`],
    ['{a{b}}', `1: ${BRACE}`, `6: ${BRACE}`],
    ['{}', `1: {} is no reference; ${KNOWN}`],
    ['{clams.sub}', '1: {clams.sub} is no reference; did you mean "claims"?'],
    ['{x.y}', `1: {x.y} is no reference; ${KNOWN}`],
    [
      '{claims}',
      '1: {claims} needs a name after it; write it as in {claims.sub}; a path parameter of that name is {params.claims}',
    ],
    ['{claims..a}', '1: {claims..a} has an empty name in it; write it as in {claims.sub}'],
    ['{body.}', '1: {body.} has an empty name in it; write it as in {body.items}'],
    ['{consumer.name}', '1: {consumer.name} has no members; write {consumer}'],
    ['{rest...}', '1: {rest...} must not end in "..."; write the name alone; slashes in the value are escaped'],
    ['{id} {a.b} {subject.x}', `6: {a.b} is no reference; ${KNOWN}`, '12: {subject.x} has no members; write {subject}'],
  ]
  for (const [text, ...expected] of rows) {
    const found = parseRefTemplate(text).mistakes.map(
      ({ offset, text: inner, message, hint }) =>
        `${offset + 1}: ${inner === undefined ? '' : `{${inner}} `}${message}; ${hint}`,
    )
    assert.deepEqual(found, expected, text)
  }
})

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)
const path = fc.array(name, { minLength: 1, maxLength: 3 })
const refOf = (sources: readonly RefSpec['source'][], paths: fc.Arbitrary<string[]>): fc.Arbitrary<RefSpec> =>
  fc.tuple(fc.constantFrom(...sources), paths).map(([source, steps]) => ({ source, path: steps }))
const anyRef = fc.oneof(
  refOf(['claims', 'branches', 'body'], path),
  refOf(
    ['params', 'query', 'headers'],
    name.map(one => [one]),
  ),
  refOf(['consumer', 'subject', 'body'], fc.constant([])),
)
const pieces = fc.array(fc.oneof(fc.string({ minLength: 1 }), anyRef))

test('what is shown is read as the same', () => {
  fc.assert(
    fc.property(pieces, template => {
      const { parts, mistakes } = parseRefTemplate(showTemplate(template))
      assert.deepEqual(mistakes, [])
      assert.equal(showTemplate(parts), showTemplate(template))
      assert.deepEqual(
        parts.filter(part => typeof part !== 'string'),
        template.filter(part => typeof part !== 'string'),
      )
      assert.equal(
        parts.filter(part => typeof part === 'string').join(''),
        template.filter(part => typeof part === 'string').join(''),
      )
    }),
  )
})

test('any text is either read whole or has a mistake', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a.{}c]{0,20}$/), text => {
      const { parts, mistakes } = parseRefTemplate(text)
      if (mistakes.length === 0) assert.equal(parseRefTemplate(showTemplate(parts)).mistakes.length, 0)
      assert.ok(mistakes.every(({ offset }) => /[{}]/.test(text.charAt(offset))))
    }),
  )
})

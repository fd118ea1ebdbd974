import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { referencePage } from '../scripts/reference.ts'
import { jsonSchema } from '../src/spec/json-schema.ts'
import { anchorsOf } from './support/markdown.ts'

test('docs/reference.md is what the schema says: npm run docs', () => {
  const page = readFileSync(new URL('../docs/reference.md', import.meta.url), 'utf8')
  assert.equal(page, referencePage(jsonSchema()))
})

const page = referencePage(jsonSchema())

test('every key has a row that says what it takes and what it is for', () => {
  const rows = [...page.matchAll(/^\| `([^`]+)` \| (.*?) \| (.*?) \| (.*?) \|$/gm)]
  assert.ok(rows.length > 180, `${rows.length} rows`)
  for (const [row, key = '', takes, , meaning] of rows) {
    assert.ok(takes !== '' && meaning !== '', row)
    assert.doesNotMatch(`${takes}`, /undefined|anything|null|\[object/, key)
  }
})

test('every heading has an anchor of its own', () => {
  const headings = page.match(/^#{1,6} /gm) ?? []
  // Comments of examples would count as headings: there are none.
  assert.equal(anchorsOf(page).size, headings.length)
})

const made = (properties: Record<string, unknown>, more: Record<string, unknown> = {}): string =>
  referencePage({ type: 'object', description: 'All.', properties, ...more })

test('a key that must be there, a default, characters that Markdown would take', () => {
  const text = made(
    {
      a: { type: 'string', description: 'One of <x> | *y*; `a|b` is code.' },
      b: { type: ['integer', 'string'], pattern: 'x', minimum: 1, maximum: 9, default: 3, description: 'Few.' },
      c: { anyOf: [{ type: 'string', enum: ['p', 'q'] }, { $ref: '#/$defs/outside' }], description: 'Either.' },
      d: { description: 'Many.', type: 'array', items: { $ref: '#/$defs/e' } },
    },
    {
      required: ['a'],
      $defs: {
        e: { type: 'object', description: 'An e.', properties: { f: { type: 'string', description: 'F.' } } },
        outside: { type: 'string' },
      },
    },
  )
  assert.ok(text.includes('| `a` | text | required | One of \\<x> \\| \\*y\\*; `a\\|b` is code. |'))
  assert.ok(text.includes('| `b` | whole number, 1 to 9 | `3` | Few. |'))
  assert.ok(text.includes('| `c` | `p` `q` |  | Either. |'))
  assert.ok(text.includes('| `d` | list of [map](#d) |  | Many. |'))
  assert.ok(text.includes('## `d[]`\n\nAn e.\n\n| key | takes | unless set | |\n|---|---|---|---|\n| `f` | text |'))
})

test('a map that stands in two places is explained once', () => {
  const map = { type: 'object', description: 'A map.', properties: { x: { type: 'boolean', description: 'X.' } } }
  const text = made({ a: map, b: { ...map, description: 'The same.' } })
  assert.equal(text.match(/^\| `x` \|/gm)?.length, 1)
  assert.ok(text.includes('| `b` | [map](#a) |  | The same. |'))
})

test('a reference that leads nowhere is no page', () => {
  assert.throws(() => made({ a: { $ref: '#/$defs/none' } }), /leads nowhere/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { headersOf } from '../base/headers.ts'
import { cookieOf } from './cookie.ts'

const from = (...fields: string[]): string =>
  cookieOf(headersOf([['cookies', 'sid=other'], ...fields.map(field => ['cookie', field] as const)]), 'sid')

const CASES: readonly [fields: string[], value: string][] = [
  [['sid=a'], 'a'],
  [['a=1; sid=b; c=2'], 'b'],
  [['a=1;sid=b'], 'b'],
  [['\t sid \t=\t b \t; c'], 'b'],
  [['sid="q u"'], 'q u'],
  [['sid="'], '"'],
  [['sid=""'], ''],
  [['sid=a=b=c'], 'a=b=c'],
  [['sid="a;b"'], '"a'],
  // The first one that has a value.
  [['sid=first; sid=second'], 'first'],
  [['a=1', 'sid=b'], 'b'],
  [['sid=', 'sid=b'], 'b'],
  // What only looks like it.
  [[], ''],
  [[''], ''],
  [['sid'], ''],
  [['sid;=a'], ''],
  [['xsid=a'], ''],
  [['sidx=a'], ''],
  [['SID=a'], ''],
  [['a=sid=b'], ''],
  [['a sid=b'], ''],
  [['a=1, sid=b'], ''],
  [['"sid=b'], ''],
  [['sid= ;a=b'], ''],
  [['sid=\u00a0'], '\u00a0'],
]

for (const [fields, value] of CASES) {
  test(`cookie sid of ${JSON.stringify(fields)}`, () => assert.equal(from(...fields), value))
}

test('a cookie without a name is nobody’s', () => {
  assert.equal(cookieOf(headersOf([['cookie', '=a; b=c']]), ''), '')
})

const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '')
/** The plain way: cut at each semicolon. */
const plainly = (field: string): string => {
  const pair = field.split(';').find(each => each.includes('=') && trimmed(each.slice(0, each.indexOf('='))) === 'sid')
  const value = trimmed(pair?.slice(pair.indexOf('=') + 1) ?? '')
  return /^".*"$/s.test(value) && value.length > 1 ? value.slice(1, -1) : value
}

test('property: whatever a client writes, it is read as if cut at the semicolons', () => {
  const piece = fc.constantFrom('sid', 'sid', '=', ';', ' ', '\t', '"', 'a', 'sidsid', '\u00e9')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), pieces => {
      const field = pieces.join('')
      assert.equal(from(field), plainly(field))
    }),
    { numRuns: 2000 },
  )
})

const HOSTILE: readonly [what: string, field: string][] = [
  ['the name over and over', 'sid'.repeat(300_000)],
  ['names and white space', 'sid   '.repeat(150_000)],
  ['white space', `sid${' '.repeat(900_000)}`],
  ['pairs that are none', ';sid'.repeat(225_000)],
]

for (const [what, field] of HOSTILE) {
  // Anything that looks at a byte more than a few times would take minutes.
  test(`a megabyte of nothing but ${what} is read through once`, { timeout: 5000 }, () => assert.equal(from(field), ''))
}

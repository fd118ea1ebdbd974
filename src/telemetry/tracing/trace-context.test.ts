import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatTraceParent, parseTraceParent, readTraceState } from './trace-context.ts'

const TRACE = '12345678901234567890123456789012'
const SPAN = '1234567890123456'
const GOOD = `00-${TRACE}-${SPAN}-01`

/** Those of the validation suite of the W3C (w3c/trace-context, test/test.py), by its names. */
const VECTORS: readonly (readonly [name: string, value: string, flags: number | null])[] = [
  ['sampled', GOOD, 1],
  ['not sampled', `00-${TRACE}-${SPAN}-00`, 0],
  ['random', `00-${TRACE}-${SPAN}-03`, 3],
  ['unknown flags', `00-${TRACE}-${SPAN}-ff`, 255],
  ['version 0xcc', `cc-${TRACE}-${SPAN}-01`, 1],
  ['version 0xcc, more after a dash', `cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, 1],
  ['version 0xcc, a dash at the end', `cc-${TRACE}-${SPAN}-01-`, 1],
  ['version 0xcc, more without a dash', `cc-${TRACE}-${SPAN}-01.what-the-future-will-be-like`, null],
  ['version 0xff', `ff-${TRACE}-${SPAN}-01`, null],
  ['version 0x00, a dash at the end', `${GOOD}-`, null],
  ['version 0x00, more after a dash', `${GOOD}-what-the-future-will-be-like`, null],
  ['version of one digit', `0-${TRACE}-${SPAN}-01`, null],
  ['version of three digits', `000-${TRACE}-${SPAN}-01`, null],
  ['version with illegal characters', `.0-${TRACE}-${SPAN}-01`, null],
  ['trace id all zero', `00-${'0'.repeat(32)}-${SPAN}-01`, null],
  ['trace id with illegal characters', `00-.${TRACE.slice(1)}-${SPAN}-01`, null],
  ['trace id in capitals', `00-${'ABCDEF'.padEnd(32, '1')}-${SPAN}-01`, null],
  ['trace id too long', `00-${TRACE}3-${SPAN}-01`, null],
  ['trace id too short', `00-${TRACE.slice(1)}-${SPAN}-01`, null],
  ['parent id all zero', `00-${TRACE}-${'0'.repeat(16)}-01`, null],
  ['parent id with illegal characters', `00-${TRACE}-.${SPAN.slice(1)}-01`, null],
  ['parent id too long', `00-${TRACE}-${SPAN}7-01`, null],
  ['parent id too short', `00-${TRACE}-${SPAN.slice(1)}-01`, null],
  ['flags with illegal characters', `00-${TRACE}-${SPAN}-.0`, null],
  ['flags of three digits', `00-${TRACE}-${SPAN}-001`, null],
  ['flags of one digit', `00-${TRACE}-${SPAN}-1`, null],
  ['space around', ` ${GOOD}`, null],
  ['two values', `${GOOD}, ${GOOD}`, null],
  ['a line feed at the end', `${GOOD}\n`, null],
  ['nothing', '', null],
]

for (const [name, value, flags] of VECTORS) {
  test(`traceparent: ${name}`, () => {
    assert.deepEqual(parseTraceParent(value), flags === null ? null : { traceId: TRACE, spanId: SPAN, flags })
  })
}

const hex = (digits: number) =>
  fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits })
    .filter(text => /[^0]/.test(text))

test('what is written is read back, with the flags that are known', () => {
  fc.assert(
    fc.property(hex(32), hex(16), fc.integer({ min: 0, max: 255 }), (traceId, spanId, flags) => {
      const text = formatTraceParent(traceId, spanId, flags)
      assert.equal(text.length, 55)
      assert.deepEqual(parseTraceParent(text), { traceId, spanId, flags: flags & 3 })
    }),
  )
})

test('one character changed never makes other ids of it than those that stand there', () => {
  fc.assert(
    fc.property(fc.nat(GOOD.length - 1), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), (at, char) => {
      const text = GOOD.slice(0, at) + char + GOOD.slice(at + 1)
      const read = parseTraceParent(text)
      if (read === null) return
      assert.match(text, /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
      assert.deepEqual([read.traceId, read.spanId], text.split('-').slice(1, 3))
    }),
    { numRuns: 2000 },
  )
})

const members = (count: number): string => Array.from({ length: count }, (_, i) => `k${i}=${i}`).join(',')
const long = (key: string, length: number): string => `${key}=${'v'.repeat(length - key.length - 1)}`

const STATES: readonly (readonly [name: string, lines: readonly string[], value: string])[] = [
  ['none', [], ''],
  ['one', ['a=1'], 'a=1'],
  ['several lines are one list, in their order', ['a=1,b=2', 'c=3'], 'a=1,b=2,c=3'],
  ['white space and empty members go', [' a=1 ,\tb=2 ,, ', ''], 'a=1,b=2'],
  ['keys of tenants', ['fw529a3039@dt=x,0a*/_-=y'], 'fw529a3039@dt=x,0a*/_-=y'],
  ['spaces within a value', ['a=1 2'], 'a=1 2'],
  ['32 members', [members(32)], members(32)],
  ['33 members', [members(33)], ''],
  ['a key in capitals', ['A=1'], ''],
  ['a key that is too long', [`${'k'.repeat(257)}=1`], ''],
  ['no value', ['a='], ''],
  ['no equals sign', ['a=1,b'], ''],
  ['two equals signs', ['a=1=2'], ''],
  ['a value that is too long', [long('a', 259)], ''],
  ['what is not ASCII', ['a=\u00e9'], ''],
  ['too long: long members go first', [`${long('a', 200)},b=2,${long('c', 129)},${long('d', 250)}`], 'b=2'],
  [
    'too long: then those at the end',
    [`${long('a', 128)},${long('b', 128)},${long('c', 128)},${long('d', 120)},e=5,f=6`],
    `${long('a', 128)},${long('b', 128)},${long('c', 128)},${long('d', 120)},e=5`,
  ],
]

for (const [name, lines, value] of STATES) {
  test(`tracestate: ${name}`, () => assert.equal(readTraceState(lines), value))
}

test('whatever is sent, what is passed on is bounded, and reads the same again', () => {
  const member = fc.tuple(fc.stringMatching(/^[a-z][a-z0-9@*_/-]{0,30}$/), fc.stringMatching(/^[!-+.-<>-~]{1,250}$/))
  const line = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 1000 }),
    fc.array(member, { maxLength: 40 }).map(all => all.map(([key, value]) => `${key}=${value}`).join(',')),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 3 }), lines => {
      const value = readTraceState(lines)
      assert.ok(value.length <= 512)
      assert.match(value, /^[\u0020-\u007e]*$/)
      assert.equal(readTraceState(value === '' ? [] : [value]), value)
    }),
  )
})

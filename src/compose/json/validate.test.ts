import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkJson, type JsonFlaw, MOST_DEPTH } from './validate.ts'

const check = (text: string | Buffer): string => {
  const found = checkJson(typeof text === 'string' ? Buffer.from(text) : text, 1_000_000)
  return typeof found === 'string' ? found : `ok ${found.bytes.toString()}`
}

/** What the platform itself says of the same bytes. */
const isJson = (bytes: Buffer): boolean => {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
    return true
  } catch {
    return false
  }
}

const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth)

const ACCEPTED: readonly string[] = [
  ...['0', '-0', '10', '-1.5', '1e5', '1E+5', '0.1e-5', '123456789012345678901234567890', '1e999'],
  ...['""', '"a"', '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00Af"', '"\u007f\u2028\u2029"', '"\\u0000"', '"é漢😀"'],
  // Half of a pair, escaped: text is passed on as it came.
  ...['"\\ud800"', '"\\udc00\\ud800"'],
  ...['true', 'false', 'null', '[]', '{}', '[1,2]', '[ 1 , [ ] , { } ]', '{"a":1}', '{ "a" : { "b" : [ ] } }'],
  ...['{"":0}', '{"a":1,"a":2}', '{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{}}}'],
  ...['"1},\\"admin\\":{"', '["}","]","{","[",","]', nested(MOST_DEPTH, '[', ']')],
]

for (const text of ACCEPTED) {
  test(`taken as it came: ${text}`, () => assert.equal(check(text), `ok ${text}`))
}

const REFUSED: readonly (readonly [what: string, text: string | Buffer, flaw: JsonFlaw])[] = [
  ...[
    '',
    ' ',
    '\n\t',
    '{',
    '[',
    '"',
    '"a',
    '{"a',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '[1',
    '[1,',
    '-',
    '1.',
    '1e',
    '1e+',
  ].map(text => [`cut short: ${text}`, text, 'syntax'] as const),
  ...['nul', 'nulL', 'tru', 'fals', 'True', 'NaN', 'Infinity', '-Infinity', 'undefined', 'nullx', 'truefalse'].map(
    text => [`no word: ${text}`, text, 'syntax'] as const,
  ),
  ...['01', '-01', '+1', '.5', '-.5', '1.e5', '--1', '0x10', '1_000', '1e5.5', '1n', '00', '١'].map(
    text => [`no number: ${text}`, text, 'syntax'] as const,
  ),
  ...[
    "'a'",
    '"\\x41"',
    '"\\u12g4"',
    '"\\u123g"',
    '"\\ug123"',
    '"\\u12"',
    '"\\"',
    '"\\',
    '"\\u',
    '"a\nb"',
    '"a\tb"',
    '"\u0000"',
    '"\u001f"',
    '`a`',
  ].map(text => [`no string: ${JSON.stringify(text)}`, text, 'syntax'] as const),
  ...['[1,]', '[,1]', '[,]', '[1 2]', '[1,,2]', '[1:2]', '[}', '[1}', '['].map(
    text => [`no list: ${text}`, text, 'syntax'] as const,
  ),
  ...[
    '{a:1}',
    "{'a':1}",
    '{1:1}',
    '{"a"}',
    '{"a",1}',
    '{"a":}',
    '{"a":1,}',
    '{,}',
    '{"a":1 "b":2}',
    '{"a"::1}',
    '{]',
    '{null:1}',
  ].map(text => [`no object: ${text}`, text, 'syntax'] as const),
  ...[
    '1},"admin":{',
    '1,"admin":true',
    '{}},"admin":{"a":1',
    '[]],[',
    'null]',
    'null}',
    '1 2',
    '{} {}',
    '{}{}',
    '1,',
    '"a"b"',
    ']',
    '}',
    ',',
    ':',
  ].map(text => [`reaches out of its place: ${text}`, text, 'syntax'] as const),
  ...[
    '// c\n1',
    '1 // c',
    '/* c */ 1',
    '[1 /* c */]',
    '# c\n1',
    '<html>',
    'for(;;);{}',
    ")]}',\n{}",
    '{}\u0000',
    '{}\u000b',
    '{}\f',
  ].map(text => [`something around it: ${JSON.stringify(text)}`, text, 'syntax'] as const),
  ['space that is none', '\u00a01', 'syntax'],
  ['line separator as space', '1\u2028', 'syntax'],
  ['byte order mark', '\ufeff{}', 'syntax'],
  ['byte order mark behind', '{}\ufeff', 'syntax'],
  ['UTF-16, little end first', Buffer.from('{"a":1}', 'utf16le'), 'syntax'],
  ['UTF-16 with its mark', Buffer.from('\ufeff{"a":1}', 'utf16le'), 'encoding'],
  ['UTF-32', Buffer.from([0, 0, 0, 0x31]), 'syntax'],
  ['a bare latin1 letter', Buffer.from('"\xe9"', 'latin1'), 'encoding'],
  ['a quote in too long a form', Buffer.from([0x22, 0xc0, 0xa2, 0x22]), 'encoding'],
  ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'encoding'],
  ['beyond Unicode', Buffer.from([0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]), 'encoding'],
  ['a character cut short', Buffer.from([0x22, 0xe6, 0xbc, 0x22]), 'encoding'],
  ['lists too deep', nested(MOST_DEPTH + 1, '[', ']'), 'depth'],
  ['objects too deep', `${'{"a":'.repeat(MOST_DEPTH + 1)}1${'}'.repeat(MOST_DEPTH + 1)}`, 'depth'],
  ['very deep and never closed', '['.repeat(900_000), 'depth'],
]

for (const [what, text, flaw] of REFUSED) {
  test(`refused: ${what}`, () => assert.equal(check(text), flaw))
}

test('white space around the value is cut off, and only what JSON calls so', () => {
  assert.equal(check(' \t\r\n{ "a" : 1 }\n\n'), 'ok { "a" : 1 }')
})

test('bytes before and behind those that were given are not read', () => {
  const all = Buffer.from('[[1]]')
  assert.equal(check(all.subarray(1, 4)), 'ok [1]')
  assert.equal(check(all.subarray(1, 3)), 'syntax')
  assert.equal(check(Buffer.from('nullnull').subarray(0, 3)), 'syntax')
})

test('a value of the most bytes is taken, white space counted, and one byte more is not', () => {
  assert.deepEqual(checkJson(Buffer.from('"abc" '), 6), { bytes: Buffer.from('"abc"'), wide: false })
  assert.equal(checkJson(Buffer.from('"abc" '), 5), 'size')
})

test('depth is forgotten with the value it was of', () => {
  assert.equal(check(nested(MOST_DEPTH + 1, '[', ']')), 'depth')
  assert.equal(check(`[${Array(100).fill('[[]]').join(',')}]`).slice(0, 2), 'ok')
})

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"a"',
  '"',
  '\\',
  'u0041',
  ' ',
  '0',
  '1',
  '-',
  '+',
  '.',
  'e',
  'null',
  '\ufeff',
  '\n',
]

test('of all texts of four pieces those are taken that JSON.parse takes', () => {
  const from = (text: string, left: number): void => {
    const bytes = Buffer.from(text)
    if ((typeof checkJson(bytes, 100) === 'object') !== isJson(bytes)) assert.fail(text)
    if (left > 0) for (const piece of PIECES) from(text + piece, left - 1)
  }
  from('', 4)
})

test('random bytes are taken exactly when JSON.parse takes them', () => {
  const piece = fc.oneof(
    fc.constantFrom(...PIECES).map(text => Buffer.from(text)),
    fc.json({ maxDepth: 3 }).map(text => Buffer.from(text)),
    fc.uint8Array({ maxLength: 3 }).map(bytes => Buffer.from(bytes)),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), pieces => {
      const bytes = Buffer.concat(pieces)
      assert.equal(typeof checkJson(bytes, 1e6) === 'object', isJson(bytes), bytes.toString())
    }),
    { numRuns: 2_000 },
  )
})

test('one byte changed in valid JSON is told as JSON.parse tells it', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.nat(255), (text, place, byte) => {
      const bytes = Buffer.from(text)
      bytes[place % bytes.length] = byte
      assert.equal(typeof checkJson(bytes, 1e6) === 'object', isJson(bytes), bytes.toString())
    }),
    { numRuns: 2_000 },
  )
})

test('what was taken can stand in the place of a value, and changes nothing beside it', () => {
  const hostile = fc.constantFrom(...ACCEPTED, ...REFUSED.map(([, text]) => text.toString('latin1')))
  fc.assert(
    fc.property(fc.oneof(fc.json(), hostile), text => {
      const found = checkJson(Buffer.from(text), 1e6)
      if (typeof found === 'string') return
      const whole: unknown = JSON.parse(`{"before":1,"data":${found.bytes},"after":2}`)
      assert.deepEqual(whole, { before: 1, data: JSON.parse(text), after: 2 })
    }),
    { numRuns: 1_000 },
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeForm, encodeNonAscii, normalizeEscapes } from './percent.ts'

test('every byte: unreserved ones are decoded, all others are escaped in upper case', () => {
  for (let byte = 0; byte < 256; byte++) {
    const hex = byte.toString(16).padStart(2, '0')
    const char = String.fromCharCode(byte)
    const expected = /^[A-Za-z0-9._~-]$/.test(char) ? char : `%${hex.toUpperCase()}`
    assert.equal(normalizeEscapes(`%${hex}`), expected)
    assert.equal(normalizeEscapes(`a%${hex.toUpperCase()}b`), `a${expected}b`)
  }
})

test('a % without two hex digits is refused wherever it stands', () => {
  for (const bad of ['%', 'a%', '%4', '%4x', '%x4', '%%41', '%41%', '% 41', '%-1', '%\u0661\u0661']) {
    assert.equal(normalizeEscapes(bad), undefined, bad)
  }
})

test('property: escapes mean the same after normalising, and once is enough', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const escaped = encodeURIComponent(text).toLowerCase()
      const normal = normalizeEscapes(escaped)
      assert.ok(normal !== undefined)
      assert.equal(decodeURIComponent(normal), decodeURIComponent(escaped))
      assert.equal(normalizeEscapes(normal), normal)
    }),
  )
})

test('characters outside ASCII become UTF-8 escapes, all others stay', () => {
  assert.equal(encodeNonAscii('/caf\u00e9 %zz\u{1f600}'), '/caf%C3%A9 %zz%F0%9F%98%80')
})

test('forms: + is a space, and what is not valid stays as it is', () => {
  assert.equal(decodeForm('a+b%2B%c3%a9'), 'a b+\u00e9')
  assert.equal(decodeForm('%ff+%zz'), '%ff %zz')
})

test('forms: nobody can have an error thrown for each part of a query', t => {
  const decode = t.mock.method(globalThis, 'decodeURIComponent')
  for (const bad of ['%ff', '%', '%zz', '%c3', '%ed%a0%80', '%f4%90%80%80']) assert.equal(decodeForm(bad), bad)
  assert.equal(decode.mock.callCount(), 0)
})

test('forms are decoded as decodeURIComponent does it, without an error for what it does not take', () => {
  const hex = fc.constantFrom(...'0123456789abcdefABCDEF')
  const escaped = fc.tuple(hex, hex).map(digits => `%${digits.join('')}`)
  const lead = fc.constantFrom('%c3', '%E0', '%ed', '%F0', '%f4', '%EF%bf', '%e2%82')
  const tail = fc.constantFrom('%80', '%8f', '%90', '%9F', '%a0', '%Bf', '%')
  const text = fc.array(fc.oneof(escaped, lead, tail, fc.string({ maxLength: 2 })), { maxLength: 6 })
  const reference = (spaced: string): string => {
    try {
      return decodeURIComponent(spaced)
    } catch {
      return spaced
    }
  }
  fc.assert(
    fc.property(text, parts => {
      assert.equal(decodeForm(parts.join('')), reference(parts.join('').replaceAll('+', ' ')))
    }),
    { numRuns: 5000 },
  )
  for (let code = 0x80; code < 0x110000; code += 97) {
    if (code >= 0xd800 && code < 0xe000) continue
    const char = String.fromCodePoint(code)
    assert.equal(decodeForm(encodeURIComponent(char)), char)
  }
})

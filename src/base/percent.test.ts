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

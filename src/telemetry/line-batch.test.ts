import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lineBatch } from './line-batch.ts'

/** What is harmless needs no call, so that the mark tells which way a batch took. */
const setup = () => lineBatch(line => `!${line}`)

const taken = (...lines: readonly string[]): string => {
  const batch = setup()
  for (const line of lines) batch.add(`${line} `)
  return batch.take().toString()
}

test('lines of visible ASCII are taken as they are', () => {
  assert.equal(taken('one', 'two "\\" ~', 'three  '), 'one\ntwo "\\" ~\nthree  \n')
})

test('one byte of any other kind, at any place of a batch of any length', () => {
  for (const char of [
    '\0',
    '\t',
    '\n',
    '\r',
    '\u001f',
    '\u007f',
    '\u0080',
    '\u00e9',
    '\u2028',
    '\ud800',
    '\u{1f600}',
  ]) {
    for (let length = 1; length < 40; length++) {
      for (let at = 0; at < length; at++) {
        const line = 'x'.repeat(at) + char + 'x'.repeat(length - 1 - at)
        assert.equal(taken('a', line, 'b'), `!a\n!${line.toWellFormed()}\n!b\n`)
      }
    }
  }
})

test('property: either every line is visible ASCII, or every line was made harmless', () => {
  const line = fc.oneof(fc.string(), fc.string({ unit: 'binary' }))
  fc.assert(
    fc.property(fc.array(line, { minLength: 1 }), lines => {
      const mark = lines.every(text => /^[ -~]*$/.test(text)) ? '' : '!'
      assert.equal(taken(...lines), lines.map(text => `${mark}${text.toWellFormed()}\n`).join(''))
    }),
  )
})

test('a batch starts anew once it was taken, and what was in memory before is not seen', () => {
  const batch = setup()
  batch.add('\u00e9\n\u007f '.repeat(100))
  batch.take()
  assert.equal(batch.length, 0)
  batch.add('a ')
  assert.equal(batch.length, 2)
  assert.equal(batch.take().toString(), 'a\n')
})

test('a batch larger than any room arrives whole', () => {
  const line = 'x'.repeat(300_000)
  assert.equal(taken(line, 'y'), `!${line}\n!y\n`)
})

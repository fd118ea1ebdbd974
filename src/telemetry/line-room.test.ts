import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LineRoom, pieceOf } from './line-room.ts'

const put = (fill: (room: LineRoom) => void): string => {
  const room = new LineRoom()
  fill(room)
  return room.take().toString()
}

test('visible ASCII without quotes and backslashes is plain; one other character, at any place of any length, is not', () => {
  const room = new LineRoom()
  for (let code = 0; code < 0x180; code++) {
    const char = String.fromCharCode(code)
    const isPlain = code >= 0x20 && code < 0x7f && char !== '"' && char !== '\\'
    for (let length = 1; length < 20; length++) {
      for (let at = 0; at < length; at++) {
        const text = 'x'.repeat(at) + char + 'x'.repeat(length - 1 - at)
        assert.equal(room.hold(text), isPlain, JSON.stringify(text))
      }
    }
  }
  for (const char of ['\u2028', '\ud800', '\u{1f600}', '\u0122', '\u015c']) assert.equal(room.hold(`x${char}`), false)
})

test('what was held before, and is longer, does not count', () => {
  const room = new LineRoom()
  room.hold('"'.repeat(100))
  for (let length = 0; length < 20; length++) assert.equal(room.hold('x'.repeat(length)), true)
})

test('property: values come out as they went in, whatever is put around them', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }))
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { minLength: 1 }), parts => {
      const all = put(room => {
        room.hold(parts.map(([value]) => value.toWellFormed()).join(''))
        for (const [value, piece] of parts) {
          room.value(value.toWellFormed())
          room.piece(pieceOf(piece))
        }
      })
      assert.equal(all, parts.map(([value, piece]) => (value.toWellFormed() + piece).toWellFormed()).join(''))
    }),
  )
})

test('bytes that are no number as eight of them stay what they are', () => {
  const text = `${'x'.repeat(5)}\u{1f600}\u007f${'\u007f'.repeat(20)}\u{10ffff}\uffff`
  for (let before = 0; before < 8; before++) {
    const moved = 'x'.repeat(before) + text
    const all = put(room => {
      room.hold(moved)
      room.value(moved)
      room.piece(pieceOf(moved))
    })
    assert.equal(all, moved + moved)
  }
})

test('numbers are written as JavaScript writes them, and those that are not finite as 0', () => {
  const numbers = [0, 9, 10, 99, 100, 1024, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 1.5, -1]
  for (const n of numbers)
    assert.equal(
      put(room => room.number(n)),
      `${n}`,
    )
  for (const n of [Number.NaN, Number.POSITIVE_INFINITY])
    assert.equal(
      put(room => room.number(n)),
      '0',
    )
  fc.assert(
    fc.property(fc.nat(), n =>
      assert.equal(
        put(room => room.number(n)),
        `${n}`,
      ),
    ),
  )
})

test('microseconds have three digits after the point', () => {
  for (const us of [0, 1, 10, 100, 999, 1000, 12_345, 1e12]) {
    assert.equal(
      put(room => room.micros(us)),
      (us / 1000).toFixed(3),
    )
  }
})

test('it starts anew once all was taken', () => {
  const room = new LineRoom()
  room.text('\u00e9\n')
  room.take()
  assert.equal(room.length, 0)
  room.text('ab')
  room.back(1)
  assert.equal(room.take().toString(), 'a')
})

test('it grows, by whatever is put', () => {
  const long = 'x'.repeat(300_000)
  const all = put(room => {
    room.text('a')
    room.hold(long)
    room.value(long)
    room.piece(pieceOf(long))
    room.text(long)
    for (let i = 0; i < 200_000; i++) room.number(7)
    for (let i = 0; i < 200_000; i++) room.thousandths(7)
  })
  assert.equal(all, `a${long}${long}${long}${'7'.repeat(200_000)}${'.007'.repeat(200_000)}`)
})

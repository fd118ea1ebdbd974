import assert from 'node:assert/strict'
import { test } from 'node:test'
import { framesText, thrownText } from './thrown.ts'

const thrownBy = (code: () => unknown): unknown => {
  try {
    return code()
  } catch (error) {
    return error
  }
}

test('a message is logged with where it happened, and no more than its beginning', () => {
  assert.match(thrownText(new TypeError('no user')), /^TypeError: no user\n +at .*thrown\.test\.ts/)
  const long = thrownText(new Error(`x${'y'.repeat(100_000)}`))
  assert.ok(long.startsWith('Error: xyyy') && long.length < 5_000, `${long.length}`)
  assert.match(long, /\.\.\.\n +at /)
  assert.ok(thrownText('z'.repeat(100_000)).length < 400)
})

test('what could not be parsed is not quoted', () => {
  const text = thrownText(thrownBy(() => JSON.parse('{"card":4111,"pin":secret}')))
  assert.doesNotMatch(text, /4111|secret|pin/)
  assert.match(text, /^SyntaxError: .*not valid JSON\n/)
})

test('a message of many lines is not taken for places', () => {
  const text = framesText(new Error('a\n    at file:///ours.ts:1:1'))
  assert.doesNotMatch(text, /ours\.ts/)
  assert.match(text, /thrown\.test\.ts/)
})

test('what has no stack, and what cannot be looked at', () => {
  const trap = {
    toString() {
      throw new Error('trap')
    },
  }
  assert.deepEqual([thrownText('x'), framesText('x')], ['x', ''])
  assert.equal(thrownText(trap), 'something that cannot be shown')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Later } from './maybe.ts'

const receiver = () => {
  const log: unknown[] = []
  return {
    log,
    onValue: (value: unknown) => void log.push('value', value),
    onError: (error: unknown) => void log.push('error', error),
  }
}

for (const how of ['resolve', 'reject'] as const) {
  const told = how === 'resolve' ? 'value' : 'error'

  test(`${how}: whoever waits before or after hears of it at once`, () => {
    const later = new Later<number>()
    const before = receiver()
    later.wait(before)
    assert.deepEqual([before.log, later.settled], [[], false])
    later[how](1)
    assert.deepEqual([before.log, later.settled], [[told, 1], true])
    const after = receiver()
    later.wait(after)
    assert.deepEqual(
      [after.log, before.log],
      [
        [told, 1],
        [told, 1],
      ],
    )
  })

  test(`${how}: only the first end counts`, () => {
    const later = new Later<number>()
    const one = receiver()
    later.wait(one)
    later[how](1)
    later.resolve(2)
    later.reject(3)
    assert.deepEqual(one.log, [told, 1])
  })
}

test('undefined is a value', () => {
  const later = new Later<undefined>()
  later.resolve(undefined)
  const one = receiver()
  later.wait(one)
  assert.deepEqual(one.log, ['value', undefined])
})

test('it can be awaited, before and after', async () => {
  const later = new Later<number>()
  const before = later.then(value => value + 1)
  later.resolve(1)
  assert.deepEqual([await before, await later], [2, 1])
  const failed = new Later<number>()
  failed.reject(new Error('no'))
  await assert.rejects(async () => await failed, /no/)
})

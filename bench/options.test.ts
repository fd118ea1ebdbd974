import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOptions, USAGE } from './options.ts'
import { WORKS } from './works.ts'

const options = (line: string) => {
  const read = parseOptions(line === '' ? [] : line.split(' '))
  return read ?? assert.fail('help')
}

test('without options everything is measured and nothing saved', () => {
  const { works, idle, save, rounds, seconds } = options('')
  assert.deepEqual([works.length, idle, save, rounds, seconds], [WORKS.length, true, false, 5, 4])
})

test('a choice of works leaves idle memory out unless it is named; it may be the only one', () => {
  assert.deepEqual([options('--work get-1k').idle, options('--work get-1k,idle').idle], [false, true])
  assert.deepEqual(
    options('--work idle,post-4k').works.map(work => work.name),
    ['post-4k'],
  )
  assert.deepEqual([options('--work idle').works.length, options('--work idle').idle], [0, true])
})

test('what is not understood is said', () => {
  const cases = [
    ['--work get-2k', /--work: unknown "get-2k"; use get-1k, /],
    ['--only apache', /--only: unknown "apache"/],
    ['--rounds 0', /--rounds must be a number from 1 to 100/],
    ['--minutes 0.5', /--minutes must be a number/],
    ['--save --only nginx', /--save: the peers of a work are compared within a run/],
    ['--fast', /--fast/],
  ] as const
  for (const [line, message] of cases) assert.throws(() => parseOptions(line.split(' ')), message, line)
})

test('help tells how to run the whole in parts: each work is in one', () => {
  assert.equal(parseOptions(['--help']), null)
  for (const { name } of [...WORKS, { name: 'idle' }]) {
    const line = USAGE.split('\n').find(one => new RegExp(`--save .*--work (\\S+,)?${name}(,|$)`).test(one))
    assert.ok(line, name)
    assert.doesNotThrow(() => parseOptions(line.trim().split(' ').slice(4)))
  }
})

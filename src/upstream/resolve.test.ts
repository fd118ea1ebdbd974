import assert from 'node:assert/strict'
import type dns from 'node:dns'
import { test } from 'node:test'
import { fakeClock } from '../base/testing.ts'
import { type LookUp, Resolver } from './resolve.ts'

type Answer = string[] | Error

/** A name server whose answers the test gives by hand, in the order they were asked for. */
const setup = (host = 'api.test') => {
  const clock = fakeClock()
  const asked: { host: string; answer: (answer: Answer) => void }[] = []
  const lookUp: LookUp = (host, found) => {
    const answer = (answer: Answer): void =>
      answer instanceof Error
        ? found(answer, [])
        : found(
            null,
            answer.map(address => ({ address, family: 4 })),
          )
    asked.push({ host, answer })
  }
  const resolver = new Resolver(host, clock.now, lookUp)
  const log: string[] = []
  const look = (options: dns.LookupOptions = { all: true }): void =>
    resolver.lookup(host, options, (error, address, family) => {
      const found = Array.isArray(address) ? address.map(each => each.address).join(' ') : `${address}/${family}`
      log.push(error === null ? found : `error ${error.message}`)
    })
  return { clock, asked, look, log }
}

test('an address needs no lookup, ever', () => {
  for (const [host, found] of [
    ['127.0.0.1', '127.0.0.1/4'],
    ['::1', '::1/6'],
  ] as const) {
    const { clock, asked, look, log } = setup(host)
    clock.advance(1e9)
    look({})
    assert.deepEqual([log, asked], [[found], []])
  }
})

test('all who come before the first answer wait for the one lookup', () => {
  const { asked, look, log } = setup()
  look()
  look({})
  assert.deepEqual([asked.map(({ host }) => host), log], [['api.test'], []])
  asked[0]!.answer(['10.0.0.1', '10.0.0.2'])
  assert.deepEqual(log, ['10.0.0.1 10.0.0.2', '10.0.0.1/4'])
})

test('an answer serves at once; when it is old it serves while a new one is fetched', () => {
  const { clock, asked, look, log } = setup()
  look()
  asked[0]!.answer(['10.0.0.1'])
  clock.advance(30_000)
  look()
  assert.equal(asked.length, 1)
  clock.advance(1)
  look()
  look()
  assert.deepEqual([log, asked.length], [['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.1'], 2])
  asked[1]!.answer(['10.0.0.2'])
  look()
  assert.equal(log.at(-1), '10.0.0.2')
})

test('a failing or empty refresh changes nothing, and is tried again later', () => {
  for (const answer of [new Error('down'), []]) {
    const { clock, asked, look, log } = setup()
    look()
    asked[0]!.answer(['10.0.0.1'])
    clock.advance(30_001)
    look()
    asked[1]!.answer(answer)
    look()
    assert.deepEqual([log.at(-1), asked.length], ['10.0.0.1', 2])
    clock.advance(30_001)
    look()
    assert.equal(asked.length, 3)
  }
})

test('a first lookup that fails is told to all who wait, and not remembered', () => {
  const { asked, look, log } = setup()
  look()
  look()
  asked[0]!.answer(new Error('down'))
  assert.deepEqual(log, ['error down', 'error down'])
  look()
  assert.equal(asked.length, 2)
  asked[1]!.answer([])
  assert.equal(log[2], 'error no address')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LimitRule, LimitStore } from '../../core/limits.ts'
import { ALGORITHMS, limitRule } from '../testing/rules.ts'
import { tagsOf } from '../testing/tags.ts'
import { type HashKey, hashStart, hashText } from '../text-hash.ts'
import { createLimitMemory, evictedKeys, type LimitMemory } from './limit-memory.ts'
import { limitStore } from './limit-store.ts'

const HASH_KEY: HashKey = { low: 13, high: 12 }

const world = (keys: number, near?: number, hashKey = HASH_KEY) => {
  const memory = createLimitMemory(keys, 1_795_000_000_000, 0, hashKey, near)
  let now = 0
  const store = limitStore(memory, { now: () => now })
  const advance = (ms: number): void => {
    now += ms
  }
  return { memory, store, advance }
}

const admits = (store: LimitStore, rule: LimitRule, key: string, cost = 1): boolean => {
  const outcome = store.take([{ rule, mark: '', key, cost }])
  assert.ok('allowed' in outcome)
  return outcome.allowed
}

for (const algorithm of ALGORITHMS)
  test(`${algorithm}: who floods the table with keys evicts his own, not those of users who have used much`, () => {
    const keys = 64
    const { memory, store } = world(keys)
    const rule = limitRule(algorithm, 100, 60_000)
    for (let i = 0; i < keys; i++) assert.equal(admits(store, rule, `heavy ${i}`, 100), true)
    assert.equal(evictedKeys(memory), 0)
    for (let i = 0; i < 10_000; i++) admits(store, rule, `flood ${i}`)
    assert.ok(evictedKeys(memory) > 9000)
    for (let i = 0; i < keys; i++) assert.equal(admits(store, rule, `heavy ${i}`), false, `heavy ${i}`)
  })

test('names that are new under a limit by the day do not push out those who have used up one by the minute', () => {
  const { memory, store } = world(64)
  const minute = limitRule('fixed-window', 100, 60_000)
  const day = limitRule('gcra', 10, 86_400_000)
  for (let i = 0; i < 64; i++) assert.equal(admits(store, minute, `heavy ${i}`, 100), true)
  for (let i = 0; i < 10_000; i++) admits(store, day, `flood ${i}`)
  assert.ok(evictedKeys(memory) > 9000)
  for (let i = 0; i < 64; i++) assert.equal(admits(store, minute, `heavy ${i}`), false, `heavy ${i}`)
})

test('who gets the slot of another begins with nothing used', () => {
  const { memory, store } = world(4)
  const rule = limitRule('gcra', 100, 60_000)
  for (let i = 0; i < 1000; i++) {
    const outcome = store.take([{ rule, mark: '', key: `key ${i}`, cost: 1 + (i % 7) }])
    assert.ok('verdicts' in outcome)
    assert.equal(outcome.verdicts[0]!.remaining, 99 - (i % 7))
  }
  assert.equal(memory.sets, 1)
})

test('what is stale makes room before anything that counts, however little that is', () => {
  const { memory, store, advance } = world(32)
  const short = limitRule('gcra', 100, 1000)
  const day = limitRule('fixed-window', 1000, 86_400_000)
  for (let i = 0; i < 16; i++) admits(store, day, `light ${i}`, 1)
  for (let round = 0; round < 50; round++) {
    for (let i = 0; i < 32; i++) admits(store, short, `busy ${round} ${i}`, 100)
    advance(10_000)
  }
  assert.equal(evictedKeys(memory), 0)
  for (let i = 0; i < 16; i++) {
    const looked = store.take([{ rule: day, mark: '', key: `light ${i}`, cost: 0 }])
    assert.ok('verdicts' in looked)
    assert.equal(looked.verdicts[0]!.remaining, 999)
  }
})

/** How many keys are live in each set. */
const loads = ({ table, sets }: LimitMemory): number[] => {
  const words = new Int32Array(table)
  return Array.from({ length: sets }, (_, set) => words.subarray(64 * set, 64 * set + 16).filter(Boolean).length)
}

test('a table holds as many keys as it is made for, in 56 bytes each', () => {
  const keys = 100_000
  const { memory, store } = world(keys)
  const rule = limitRule('gcra', 10, 60_000)
  for (let i = 0; i < keys; i++) admits(store, rule, `192.0.${i >> 8}.${i & 255}`)
  assert.ok(evictedKeys(memory) <= 2, `${evictedKeys(memory)} evicted`)
  assert.ok(memory.nearRows > 0)
  assert.ok(memory.table.byteLength <= keys * 56 + 256 + memory.nearRows * 64)
})

test('keys that all fall into one set under a known hash key are spread by an unknown one', () => {
  const rule = limitRule('gcra', 10, 60_000)
  const { memory: known } = world(1000)
  const start = hashStart(HASH_KEY, `0:${rule.id}`)
  const digest = { first: 0, second: 0 }
  const crafted: string[] = []
  for (let i = 0; crafted.length < 100; i++) {
    hashText(start, `key ${i}`, digest)
    if (Math.floor(((digest.first >>> 0) * known.sets) / 2 ** 32) === 0) crafted.push(`key ${i}`)
  }
  const flood = ({ memory, store }: ReturnType<typeof world>): number => {
    for (const key of crafted) admits(store, rule, key)
    return Math.max(...loads(memory))
  }
  assert.equal(flood(world(1000)), 16, 'they do what they were made for')
  const other = flood(world(1000, 0, { low: 98, high: 99 }))
  assert.ok(other <= 8, `${other} in one set`)
})

test('a key is put into the near row when what is there has gone stale, though its set has room', () => {
  const { memory, store, advance } = world(8, 1)
  const rule = limitRule('gcra', 10, 1000)
  const nearTags = (): number[] => tagsOf(memory).slice(memory.sets * 16)
  for (let i = 0; i < 4; i++) admits(store, rule, `early ${i}`)
  const early = nearTags()
  assert.ok(early.every(tag => tag !== 0))
  admits(store, rule, 'no room')
  assert.deepEqual(nearTags(), early)
  advance(60_000)
  for (let i = 0; i < 4; i++) admits(store, rule, `later ${i}`)
  assert.ok(nearTags().every((tag, at) => tag !== 0 && tag !== early[at]))
  assert.equal(evictedKeys(memory), 0)
})

test('near rows: those who have used up their limit are not pushed out by new names', () => {
  const { memory, store } = world(64, 4)
  const rule = limitRule('gcra', 100, 60_000)
  for (let i = 0; i < 64; i++) assert.equal(admits(store, rule, `heavy ${i}`, 100), true)
  for (let i = 0; i < 10_000; i++) admits(store, rule, `flood ${i}`)
  assert.ok(evictedKeys(memory) > 9000)
  for (let i = 0; i < 64; i++) assert.equal(admits(store, rule, `heavy ${i}`), false, `heavy ${i}`)
})

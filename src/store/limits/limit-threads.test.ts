import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import type { Admission } from '../testing/churn.worker.ts'
import { ALGORITHMS, limitRule } from '../testing/rules.ts'
import { tagsOf } from '../testing/tags.ts'
import type { TakeTask } from '../testing/take.worker.ts'
import { randomFrom, runThreads, startThread } from '../testing/threads.ts'
import { limitMath } from './limit-algorithm.ts'
import { createLimitMemory, evictedKeys } from './limit-memory.ts'
import { limitStore } from './limit-store.ts'

const THREADS = 4
const KEYS = 1000
const LIMIT = 40

const countsOf = (keys: number) => {
  const admitted = new SharedArrayBuffer(keys * Int32Array.BYTES_PER_ELEMENT)
  return { admitted, counts: new Int32Array(admitted) }
}

for (const algorithm of ALGORITHMS)
  test(`${algorithm}: four threads and a thousand keys, each key is admitted the limit and not once more`, async () => {
    const memory = createLimitMemory(KEYS, Date.now(), 0)
    const { admitted, counts } = countsOf(KEYS)
    const rules = [limitRule(algorithm, LIMIT, 60_000)]
    await runThreads('take.worker.ts', THREADS, { memory, rules, keys: KEYS, times: LIMIT / 2, admitted })
    assert.deepEqual([...new Set(counts)], [LIMIT])
    assert.equal(evictedKeys(memory), 0)
  })

test('several limits a request, given back on a late refusal: never more than the narrowest, nearly all of it', async () => {
  const memory = createLimitMemory(4 * KEYS, Date.now(), 0)
  const { admitted, counts } = countsOf(KEYS)
  const rules = [limitRule('gcra', LIMIT + 5, 60_000), limitRule('sliding-window', LIMIT, 60_000)]
  await runThreads('take.worker.ts', THREADS, { memory, rules, keys: KEYS, times: LIMIT, admitted })
  assert.ok(Math.max(...counts) <= LIMIT)
  const store = limitStore(memory, { now: () => 0 })
  for (let key = 0; key < KEYS; key++) {
    const looked = store.take(rules.map(rule => ({ rule, mark: '', key: `key ${key}`, cost: 0 })))
    assert.ok('verdicts' in looked)
    const left = looked.verdicts.map(verdict => verdict.remaining)
    assert.deepEqual(left, [LIMIT + 5 - counts[key]!, LIMIT - counts[key]!], 'both hold what was admitted')
  }
})

/** Without near rows, and with some that all sets share. */
const NEAR = [0, 2]

const churn = (near: number) => async (): Promise<void> => {
  const memory = createLimitMemory(72, Date.now(), 0, { low: 1, high: 2 }, near)
  const rule = limitRule('gcra', 4, 3000)
  const cells = new SharedArrayBuffer(8)
  const task = { memory, rule, threads: THREADS, rounds: 6000, barrier: cells }
  const workers = Array.from({ length: THREADS }, (_, worker) => startThread('churn.worker.ts', { ...task, worker }))
  const parts = await Promise.all(workers.map(worker => once(worker, 'message')))
  assert.equal(evictedKeys(memory), 0, 'the table was large enough')

  const admissions = parts.flatMap(([part]): Admission[] => part)
  const states = new Map<number, number>()
  const math = limitMath(rule, memory.wallAtStart)
  for (const { key, at, state } of admissions.sort((a, b) => a.state - b.state)) {
    assert.equal(math.take(states.get(key) ?? 0, at, 1), state)
    states.set(key, state)
  }
  assert.ok(admissions.length > 20_000, `${admissions.length} admissions`)
}

for (const near of NEAR)
  test(
    `${near} near rows: while keys come, go stale and come back, what is admitted is what one thread admits in the same order`,
    churn(near),
  )

const STOPS = 24

/** Threads that take from `keys` keys in turns, each stopped at some moment. */
const stopAtRandom = async (task: TakeTask): Promise<void> => {
  const random = randomFrom(5)
  const run = async (): Promise<void> => {
    const thread = startThread('take.worker.ts', { ...task, worker: random() * 1e6 })
    await once(thread, 'message')
    await new Promise(resolve => setTimeout(resolve, random() * 20))
    await thread.terminate()
  }
  for (let i = 0; i < STOPS; i += THREADS) await Promise.all(Array.from({ length: THREADS }, run))
}

test('threads that are stopped at any moment have taken once what they admitted', async () => {
  const keys = 60
  const limit = 1e9
  const memory = createLimitMemory(keys, Date.now(), 0, { low: 3, high: 4 })
  const { admitted, counts } = countsOf(keys)
  const rules = [limitRule('gcra', limit, 86_400_000)]
  await stopAtRandom({ memory, rules, keys, times: 1e6, admitted })

  const store = limitStore(memory, { now: () => 0 })
  for (let key = 0; key < keys; key++) {
    const looked = store.take([{ rule: rules[0]!, mark: '', key: `key ${key}`, cost: 0 }])
    assert.ok('verdicts' in looked)
    const taken = limit - looked.verdicts[0]!.remaining
    assert.ok(counts[key]! > 0)
    assert.ok(taken >= counts[key]! && taken <= counts[key]! + STOPS, `${taken} taken, ${counts[key]} admitted`)
  }
})

const evict = (near: number) => async (): Promise<void> => {
  const keys = 300
  const memory = createLimitMemory(8, Date.now(), 0, { low: 3, high: 4 }, near)
  const { admitted, counts } = countsOf(keys)
  const rules = [limitRule('gcra', 1e6, 86_400_000)]
  await stopAtRandom({ memory, rules, keys, times: 1e6, admitted })
  assert.ok(Math.min(...counts) > 0)

  assert.equal(memory.sets, 2)
  const tags = tagsOf(memory)
  for (const first of [0, 16]) {
    const live = [...tags.slice(first, first + 16), ...tags.slice(32)]
      .filter(word => (word & 2) !== 0)
      .map(word => word >>> 5)
    assert.ok(live.length > 8)
    assert.equal(new Set(live).size, live.length)
  }
  const store = limitStore(memory, { now: () => 0 })
  for (let key = 0; key < keys; key++) store.take([{ rule: rules[0]!, mark: '', key: `key ${key}`, cost: 1 }])
  assert.ok(tagsOf(memory).every(word => (word & 3) === 2))
}

for (const near of NEAR)
  test(
    `${near} near rows: threads that are stopped while they evict each other leave no key twice in the table, and nothing that blocks`,
    evict(near),
  )

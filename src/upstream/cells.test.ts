import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cells, OWN } from './cells.ts'

test('what a dead worker had under way is forgotten, of every service and target, and of no other worker', () => {
  const cells = new Cells(Cells.create(2, 8))
  const places = [0, 1].flatMap(worker => [cells.column(worker), cells.targetColumn(7, worker)])
  for (const at of places) cells.words[at + OWN.inFlight] = 3
  cells.clearWorker(0)
  assert.deepEqual([cells.serviceSum(OWN.inFlight), cells.targetSum(7, OWN.inFlight)], [3, 3])
  cells.clearWorker(1)
  assert.deepEqual([cells.serviceSum(OWN.inFlight), cells.targetSum(7, OWN.inFlight)], [0, 0])
})

test('room for targets that were never there takes no memory, when a worker dies neither', () => {
  const before = process.memoryUsage().rss
  const all = Array.from({ length: 40 }, () => new Cells(Cells.create(8, 1024)))
  for (const cells of all) cells.clearWorker(3)
  const grown = process.memoryUsage().rss - before
  const bytes = all.reduce((sum, { words }) => sum + words.byteLength, 0)
  assert.ok(bytes > 150e6)
  assert.ok(grown < 60e6, `${Math.round(grown / 1e6)} MB of ${Math.round(bytes / 1e6)} MB`)
})

test('memory that grows stays what it is, for those who see a part of it as well', () => {
  const before = new Cells(Cells.create(2, 1, 4))
  before.words.fill(7, 1)
  const after = before.grown(3)
  assert.deepEqual([before.capacity, after.capacity, after.workers], [1, 3, 2])
  assert.deepEqual(after.words.subarray(0, before.words.length), before.words)
  assert.ok(after.words.subarray(before.words.length).every(word => word === 0))
  after.words[after.targetColumn(0, 1) + OWN.open] = 9
  assert.equal(before.targetSum(0, OWN.open), 16)
  assert.equal(before.grown(2).capacity, 3)
  assert.throws(() => before.grown(5), RangeError)
})

test('one more is added up to the bound, over all workers, and to nobody beyond it', () => {
  const cells = new Cells(Cells.create(2, 1))
  const [first, own] = [cells.column(0) + OWN.queued, cells.column(1) + OWN.queued]
  cells.words[first] = 2
  assert.deepEqual(
    [0, 2, 3, 3, 4].map(most => cells.tryAdd(first, own, most)),
    [false, false, true, false, true],
  )
  assert.deepEqual([cells.words[first], cells.words[own]], [2, 2])
  for (let i = 0; i < 3; i++) cells.subtract(own)
  assert.deepEqual([cells.words[first], cells.words[own]], [2, 0])
})

test('whoever takes the last place between the look and the count of another keeps it alone', t => {
  const cells = new Cells(Cells.create(2, 1))
  const [first, own] = [cells.column(0) + OWN.queued, cells.column(1) + OWN.queued]
  const add = Atomics.add
  t.mock.method(Atomics, 'add', (words: Int32Array, at: number, n: number) => {
    words[first] = 1
    return add(words, at, n)
  })
  assert.equal(cells.tryAdd(first, own, 1), false)
  assert.deepEqual([cells.words[first], cells.words[own]], [1, 0])
})

test('of two that step back for each other one looks again', t => {
  const cells = new Cells(Cells.create(2, 1))
  const [first, own] = [cells.column(0) + OWN.queued, cells.column(1) + OWN.queued]
  const sub = Atomics.sub
  cells.words[first] = 1
  t.mock.method(Atomics, 'sub', (words: Int32Array, at: number, n: number) => {
    words[first] = 0
    return sub(words, at, n)
  })
  assert.equal(cells.tryAdd(first, own, 1), true)
  assert.deepEqual([cells.words[first], cells.words[own]], [0, 1])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cells, HEAD, OWN, TARGET, type WindowCells } from '../cells.ts'
import { copyCells } from './copy-cells.ts'

const WORKERS = 3

/** Each word has another number; what a head says of its own shape stays. */
const filled = (capacity: number): Cells => {
  const cells = new Cells(Cells.create(WORKERS, capacity))
  for (let i = HEAD.epoch; i < cells.words.length; i++) cells.words[i] = i
  for (let slot = 0; slot < capacity; slot++) cells.words[cells.target(slot) + TARGET.ejected] = slot % 2
  return cells
}

test('all that is known of the service and of the named targets moves, into a memory of another shape', () => {
  const from = filled(4)
  const to = new Cells(Cells.create(WORKERS, 16))
  copyCells(from, to, [1, 3])
  const part = ({ words }: Cells, start: number, length: number) => [...words.subarray(start, start + length)]
  assert.equal(to.words[HEAD.forced], from.words[HEAD.forced])
  assert.ok(to.words[HEAD.epoch]! > from.words[HEAD.epoch]!)
  assert.equal(to.words[HEAD.ejected], 2)
  assert.deepEqual([to.workers, to.capacity], [WORKERS, 16])
  assert.deepEqual(part(to, to.breaker.at, 16), part(from, from.breaker.at, 16))
  for (const slot of [1, 3]) assert.deepEqual(part(to, to.target(slot), 32), part(from, from.target(slot), 32))

  const windows: ((cells: Cells) => WindowCells)[] = [
    cells => cells.budget,
    cells => cells.breaker.window,
    ...[1, 3].flatMap(slot => [
      (cells: Cells) => cells.outliers(slot),
      (cells: Cells) => cells.targetBreaker(slot).window,
    ]),
  ]
  for (const windowOf of windows) {
    for (let worker = 0; worker < WORKERS; worker++) {
      const buckets = (cells: Cells): number[] => {
        const window = windowOf(cells)
        return part(cells, window.at + worker * window.stride, window.buckets * 4)
      }
      assert.deepEqual(buckets(to), buckets(from))
    }
  }
})

test('what is in flight stays where it came in, and other targets are not touched', () => {
  const from = filled(4)
  const to = new Cells(Cells.create(WORKERS, 16))
  copyCells(from, to, [1])
  for (const word of Object.values(OWN)) {
    assert.deepEqual([to.serviceSum(word), to.targetSum(1, word)], [0, 0])
  }
  const rest = to.words.subarray(to.target(2))
  assert.ok(rest.every(word => word === 0))
  assert.ok(to.words.subarray(to.target(0), to.target(1)).every(word => word === 0))
})

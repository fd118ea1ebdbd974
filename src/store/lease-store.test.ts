import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clearLeases, concurrencyStore, createLeaseMemory, untrackedLeases } from './lease-store.ts'
import { runThreads } from './testing/threads.ts'

const rule = { id: 'r', max: 2 }

test('max at once over all workers, and a place for each that leaves', () => {
  const memory = createLeaseMemory(2, 100)
  const one = concurrencyStore(memory, 0)
  const two = concurrencyStore(structuredClone(memory), 1)
  const lease = one.enter(rule, 'k')
  assert.ok(lease >= 0)
  assert.ok(two.enter(rule, 'k') >= 0)
  assert.equal(one.enter(rule, 'k'), -1)
  assert.equal(two.enter(rule, 'k'), -1)
  assert.ok(two.enter(rule, 'another') >= 0)
  assert.ok(two.enter({ id: 'another', max: 2 }, 'k') >= 0)
  one.leave(lease)
  assert.ok(two.enter(rule, 'k') >= 0)
  assert.equal(two.enter(rule, 'k'), -1)
})

test('what a dead worker had in flight is taken off, the others stay', () => {
  const memory = createLeaseMemory(2, 100)
  const [one, two] = [concurrencyStore(memory, 0), concurrencyStore(memory, 1)]
  const lost = one.enter(rule, 'k')
  two.enter(rule, 'k')
  clearLeases(memory, 0)
  one.leave(lost)
  assert.ok(concurrencyStore(memory, 0).enter(rule, 'k') >= 0, 'one place is free')
  assert.equal(two.enter(rule, 'k'), -1, 'and no more, though the lost lease was given back late')
})

test('a refused lease need not be given back, and giving it back does nothing', () => {
  const store = concurrencyStore(createLeaseMemory(1, 100), 0)
  assert.equal(store.enter({ id: 'none', max: 0 }, 'k'), -1)
  store.leave(-1)
  store.enter(rule, 'k')
  store.enter(rule, 'k')
  assert.equal(store.enter(rule, 'k'), -1)
})

test('keys that are not in flight make room; when all are, the next is let in and counted', () => {
  const memory = createLeaseMemory(1, 8)
  const store = concurrencyStore(memory, 0)
  for (let i = 0; i < 1000; i++) store.leave(store.enter(rule, `passing ${i}`))
  assert.equal(untrackedLeases(memory), 0)
  const leases = Array.from({ length: 16 }, (_, i) => store.enter(rule, `staying ${i}`))
  assert.equal(new Set(leases).size, 16)
  const untracked = [store.enter(rule, 'one more'), store.enter(rule, 'one more'), store.enter(rule, 'one more')]
  assert.ok(untracked.every(lease => lease >= 0))
  assert.equal(untrackedLeases(memory), 3)
  for (const lease of [...untracked, ...leases]) store.leave(lease)
  const again = Array.from({ length: 16 }, (_, i) => store.enter(rule, `later ${i}`))
  assert.equal(new Set(again).size, 16)
  assert.equal(untrackedLeases(memory), 3)
})

test('any sequence of entering, leaving and dying: a key has as many places as a plain count says', () => {
  const step = fc.record({
    worker: fc.nat(2),
    key: fc.constantFrom('a', 'b', 'c'),
    what: fc.constantFrom('enter', 'enter', 'leave', 'die'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const memory = createLeaseMemory(3, 10)
      const stores = [0, 1, 2].map(worker => concurrencyStore(memory, worker))
      let held: { worker: number; key: string; lease: number }[] = []
      for (const { worker, key, what } of steps) {
        if (what === 'die' && worker === 0) {
          clearLeases(memory, worker)
          held = held.filter(each => each.worker !== worker)
        } else if (what === 'leave') {
          const at = held.findIndex(each => each.worker === worker && each.key === key)
          if (at >= 0) for (const { lease } of held.splice(at, 1)) stores[worker]!.leave(lease)
        } else {
          const lease = stores[worker]!.enter(rule, key)
          assert.equal(lease >= 0, held.filter(each => each.key === key).length < rule.max)
          if (lease >= 0) held.push({ worker, key, lease })
        }
      }
    }),
  )
})

test('four threads that come and go, in a table too small for all keys at once: never more than max are in', async () => {
  const workers = 4
  const keys = 40
  const memory = createLeaseMemory(workers, 16, { low: 1, high: 2 })
  // For each key how many are in; the number of times that this was too many; how often somebody got in.
  const counts = new SharedArrayBuffer((keys + 2) * Int32Array.BYTES_PER_ELEMENT)
  await runThreads('lease.worker.ts', workers, { memory, keys, max: 2, times: 30_000, counts })
  const [most, entered] = new Int32Array(counts).subarray(keys)
  assert.equal(most, 0)
  assert.ok(entered! > 30_000, `${entered} entered`)
  assert.equal(untrackedLeases(memory), 0)
  assert.ok(new Int32Array(memory.columns).every(count => count === 0))
})

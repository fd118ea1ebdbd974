import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MOST_KEPT_BYTES, Wave } from './wave.ts'

/** A wave whose turns end when the test says so. */
const setup = () => {
  let ends: (() => void)[] = []
  const wave = new Wave(run => void ends.push(run))
  const endTurn = (): void => {
    const due = ends
    ends = []
    for (const run of due) run()
  }
  const turnOf = (reads: number): void => {
    for (let i = 0; i < reads; i++) wave.read(0)
    endTurn()
  }
  return { wave, endTurn, turnOf, looks: () => ends.length }
}

const busy = () => {
  const it = setup()
  it.turnOf(100)
  assert.equal(it.wave.isBusy, true)
  return it
}

test('turns with few reads are not busy, however many there are, and few of them are looked at', () => {
  const { wave, endTurn, looks } = setup()
  let looked = 0
  for (let turn = 0; turn < 3200; turn++) {
    wave.read(0)
    looked += looks()
    endTurn()
    assert.equal(wave.isBusy, false)
  }
  assert.equal(looked, 100)
})

test('a turn with many reads is busy until one with few', () => {
  const { wave, turnOf } = busy()
  turnOf(64)
  assert.equal(wave.isBusy, true)
  turnOf(4)
  assert.equal(wave.isBusy, false)
})

test('who is put off is called when the turn ends, also where nothing was read in it', () => {
  const { wave, endTurn } = busy()
  const called: string[] = []
  wave.putOff({ sendWaiting: () => void called.push('a') }, 0)
  wave.putOff({ sendWaiting: () => void called.push('b') }, 0)
  assert.deepEqual(called, [])
  endTurn()
  assert.deepEqual(called, ['a', 'b'])
  endTurn()
  assert.deepEqual(called, ['a', 'b'])
})

test('the first of very many is not kept waiting for the last', () => {
  const { wave } = busy()
  let called = 0
  for (let i = 0; i < 31; i++) wave.putOff({ sendWaiting: () => called++ }, 0)
  assert.equal(called, 0)
  wave.putOff({ sendWaiting: () => called++ }, 0)
  assert.equal(called, 32)
})

test('property: everyone is called once, in order, before the turn is over, with the bytes that were kept', () => {
  const size = fc.oneof(fc.integer({ min: 0, max: MOST_KEPT_BYTES }), fc.constant(MOST_KEPT_BYTES))
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('keep' as const), size, taken: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('turn' as const), reads: fc.integer({ min: 20, max: 40 }) }),
    },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), steps => {
      const { wave, turnOf } = busy()
      const source = Buffer.alloc(MOST_KEPT_BYTES)
      const sent: number[] = []
      /** Still in the kernel's queue, as it were. */
      const lent: { piece: Buffer; fill: number }[] = []
      let put = 0
      steps.forEach((one, at) => {
        if (one.kind === 'turn') {
          turnOf(one.reads)
          assert.equal(sent.length, put)
          return
        }
        const fill = 1 + (at % 255)
        source.fill(fill)
        const piece = wave.keep(source, MOST_KEPT_BYTES - one.size, MOST_KEPT_BYTES)
        source.fill(0)
        assert.equal(piece.length, one.size)
        const id = put++
        wave.putOff(
          {
            sendWaiting: () => {
              assert.ok(piece.every(byte => byte === fill))
              sent.push(id)
              if (one.taken) return
              lent.push({ piece, fill })
              wave.lend()
            },
          },
          0,
        )
      })
      turnOf(32)
      assert.deepEqual(
        sent,
        Array.from({ length: put }, (_, i) => i),
      )
      for (const { piece, fill } of lent) assert.ok(piece.every(byte => byte === fill))
    }),
    { numRuns: 300 },
  )
})

test('nobody waits longer than a millisecond for reads that come after', () => {
  const { wave } = busy()
  let called = 0
  wave.putOff({ sendWaiting: () => called++ }, 10)
  wave.read(10.9)
  assert.equal(called, 0)
  wave.read(11.1)
  assert.equal(called, 1)
})

test('many who are held up share memory', () => {
  const { wave, turnOf } = busy()
  const memories = new Set<ArrayBufferLike>()
  for (let i = 0; i < 64; i++) {
    const piece = wave.keep(Buffer.alloc(1000), 0, 1000)
    memories.add(piece.buffer)
    wave.putOff({ sendWaiting: () => wave.lend() }, 0)
    turnOf(32)
  }
  assert.equal(memories.size, 1)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findKnee, type KneeOptions, type Step } from './knee.ts'

/** A system that holds every rate up to its capacity. */
const system = (capacity: number, glitches: readonly number[] = []) => {
  const measured: number[] = []
  const measure = async (rate: number): Promise<Step<null>> => {
    measured.push(rate)
    const bad = rate > capacity || glitches.includes(measured.length)
    return { rate, bends: bad ? 'too much' : undefined, seen: null }
  }
  return { measure, measured }
}

const look = (capacity: number, options: Partial<KneeOptions<null>> = {}, glitches: readonly number[] = []) => {
  const { measure, measured } = system(capacity, glitches)
  return findKnee({ measure, start: 100, most: 100_000, within: 0.1, mostSteps: 40, ...options }).then(knee => ({
    ...knee,
    measured,
  }))
}

test('the bend is found within what was asked for, wherever it is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 30, max: 90_000 }),
      fc.integer({ min: 10, max: 1000 }),
      async (capacity, start) => {
        const { held, bentAt } = await look(capacity, { start })
        assert.ok(held <= capacity && bentAt !== undefined && bentAt.rate > capacity, `${held} ${bentAt?.rate}`)
        // Rates are whole numbers.
        assert.ok(bentAt.rate <= held * 1.1 + 1, `${held} to ${bentAt.rate}`)
      },
    ),
    { numRuns: 200 },
  )
})

test('steps are by rate, each rate once', async () => {
  const { steps } = await look(3000)
  const rates = steps.map(({ rate }) => rate)
  assert.deepEqual(
    rates,
    [...new Set(rates)].sort((a, b) => a - b),
  )
})

test('one bad second is no bend: a rate that bends is measured again', async () => {
  const { held, measured } = await look(3000, {}, [2])
  assert.deepEqual(measured.slice(0, 4), [100, 200, 200, 400])
  assert.ok(held > 2700)
})

test('what does not bend says so, with the most that was tried', async () => {
  const { held, bentAt, measured } = await look(1e9, { most: 1500 })
  assert.deepEqual([held, bentAt, measured.at(-1)], [1500, undefined, 1500])
})

test('what holds nothing is given up at a low rate', async () => {
  const { held, bentAt, measured } = await look(0)
  assert.equal(held, 0)
  assert.ok(bentAt !== undefined && bentAt.rate < 20)
  assert.ok(measured.length < 12)
})

test('there is an end to the steps', async () => {
  const { steps } = await look(50_000, { start: 1, within: 0, mostSteps: 8 })
  assert.equal(steps.length, 8)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { judge, type TargetRate } from './judge.ts'
import { REASON } from './reason.ts'

const SPEC = { failureRate: 0, deviation: 0, minRequests: 100, minTargets: 5 }
/** Each of 1000 requests. */
const failures = (...failed: readonly number[]): TargetRate[] =>
  failed.map((n, slot) => ({ slot, total: 1000, failed: n }))
const slots = (spec: Partial<typeof SPEC>, rates: readonly TargetRate[]): number[] =>
  judge({ ...SPEC, ...spec }, rates).map(({ slot }) => slot)

test('the share of failures that ejects is reached, not only passed', () => {
  assert.deepEqual(judge({ ...SPEC, failureRate: 0.5 }, failures(499, 500, 0)), [
    { slot: 1, reason: REASON.failureRate, share: 0.5 },
  ])
})

test('a target alone is judged by its failures', () => {
  assert.deepEqual(slots({ failureRate: 0.85 }, [{ slot: 7, total: 100, failed: 85 }]), [7])
})

test('targets with few requests are not judged', () => {
  const few = { slot: 0, total: 99, failed: 99 }
  assert.deepEqual(slots({ failureRate: 0.5 }, [few]), [])
  assert.deepEqual(slots({ failureRate: 0.5, minRequests: 0 }, [{ slot: 0, total: 0, failed: 0 }]), [])
})

test('the worst come first, as not all may be ejected', () => {
  assert.deepEqual(slots({ failureRate: 0.5 }, failures(600, 900, 0, 700)), [1, 3, 0])
})

/**
 * Worked out by hand: success rates, mean, standard deviation of all (not of a sample), and mean − factor × deviation.
 */
const BY_HAND: readonly [what: string, factor: number, rates: TargetRate[], ejected: number[]][] = [
  // 1, 1, 1, 1, 0.5: mean 0.9; variance (4 × 0.01 + 0.16) / 5 = 0.04, deviation 0.2; 0.9 − 1.9 × 0.2 = 0.52.
  ['0.5 is below 0.52', 1.9, failures(0, 0, 0, 0, 500), [4]],
  // The same: 0.9 − 2 × 0.2 = 0.5, and 0.5 is not below.
  ['0.5 is not below 0.5', 2, failures(0, 0, 0, 0, 500), []],
  // 0.9 four times, 0.4: mean 0.8; variance (4 × 0.01 + 0.16) / 5 = 0.04; 0.8 − 1.9 × 0.2 = 0.42.
  ['0.4 is below 0.42', 1.9, failures(100, 100, 100, 100, 600), [4]],
  // 1 three times, 0.5 twice: mean 0.8; variance (3 × 0.04 + 2 × 0.09) / 5 = 0.06, deviation 0.2449; 0.8 − 0.2449 = 0.555.
  ['two are below 0.555', 1, failures(0, 500, 0, 500, 0), [1, 3]],
  // As before: 0.8 − 1.9 × 0.2449 = 0.335.
  ['none is below 0.335', 1.9, failures(0, 500, 0, 500, 0), []],
  ['all alike', 0.1, failures(300, 300, 300, 300, 300, 300), []],
  ['four are too few to be compared', 1, failures(0, 0, 0, 1000), []],
]

for (const [what, deviation, rates, ejected] of BY_HAND) {
  test(`success rates are compared: ${what}`, () => {
    const verdicts = judge({ ...SPEC, deviation }, rates)
    assert.deepEqual(verdicts.map(({ slot }) => slot).sort(), ejected)
    for (const { reason } of verdicts) assert.equal(reason, REASON.deviation)
  })
}

test('who has too few requests does not count among those compared', () => {
  const rates = failures(0, 0, 0, 0, 500).map(rate => (rate.slot === 0 ? { ...rate, total: 10 } : rate))
  assert.deepEqual(slots({ deviation: 1 }, rates), [])
})

test('whatever the rates, not all targets are below the mean, and better ones never come before worse', () => {
  const rate = fc.record({
    total: fc.integer({ min: 100, max: 10_000 }),
    share: fc.float({ min: 0, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(
      fc.array(rate, { minLength: 5, maxLength: 30 }),
      fc.float({ min: Math.fround(0.1), max: 3, noNaN: true }),
      (given, deviation) => {
        const rates = given.map(({ total, share }, slot) => ({ slot, total, failed: Math.floor(total * share) }))
        const ejected = slots({ deviation }, rates)
        assert.ok(ejected.length < rates.length)
        const shares = ejected.map(slot => rates[slot]!.failed / rates[slot]!.total)
        assert.deepEqual(
          shares,
          shares.toSorted((a, b) => b - a),
        )
        const others = rates.filter(({ slot }) => !ejected.includes(slot))
        for (const { failed, total } of others) assert.ok(failed / total <= Math.min(...shares), 'a worse one stays')
      },
    ),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BranchSpec } from '../spec/spec-aggregate.ts'
import { FakeServices, type Plays, reset } from './testing/fake-services.ts'
import { coursesOf, type Drawn } from './testing/schedule-model.ts'
import { aggregateSpec, branchSpec, ref } from './testing/specs.ts'

/** No sum of the times below is this, so that nothing ever happens at the same time as the deadline. */
const DEADLINE = 503

const MS = fc.integer({ min: 0, max: 30 }).map(n => n * 10)
const plays: fc.Arbitrary<Plays> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ after: MS, bodyAfter: MS, body: fc.constant('{"id": 1}'), length: fc.constantFrom(9, -1) }),
  },
  fc.record({ after: fc.constant(Number.POSITIVE_INFINITY) }),
  fc.record({ after: MS, bodyAfter: fc.constant(Number.POSITIVE_INFINITY) }),
  fc.record({ after: MS, status: fc.constantFrom(404, 503), bodyAfter: MS }),
  fc.record({ after: MS, fault: fc.constant(reset) }),
  fc.record({ after: MS, bodyAfter: MS, breaks: fc.constant(reset) }),
  fc.record({ after: MS, bodyAfter: MS, body: fc.constant('garbage') }),
)

const OWN_MS = fc.constantFrom(0, 0, 5, 95, 205, 405, 605)

/** Up to eight branches, each of which refers to some of those before it; then in any order of writing. */
const drawn: fc.Arbitrary<readonly Drawn[]> = fc
  .array(
    fc.record({
      plays,
      timeoutMs: OWN_MS,
      required: fc.integer({ min: 0, max: 9 }),
      fallback: fc.nat(3),
      needs: fc.array(fc.nat(7), { maxLength: 3 }),
      place: fc.nat(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map(all => {
    const order = all.map((_, i) => i).sort((a, b) => all[a]!.place - all[b]!.place)
    return order.map(i => {
      const { needs, fallback, required, timeoutMs, plays } = all[i]!
      const before = [...new Set(needs)].filter(n => n < i)
      const spec = branchSpec(`b${i}`, {
        path: ['/x', ...before.flatMap(n => ['/', ref(`branches.b${n}.id`)])],
        required: required === 0,
        timeoutMs,
        fallback: fallbackOf(fallback, i),
      })
      return { spec, inputs: before.map(n => order.indexOf(n)), plays }
    })
  })

const fallbackOf = (kind: number, i: number): BranchSpec['fallback'] => {
  if (kind === 1) return { kind: 'value', value: { id: 1 } }
  return kind === 2 && i > 0 ? { kind: 'branch', branch: `b${i - 1}` } : undefined
}

test('branches start exactly when their inputs are there, are over when they must be, and leave nothing behind', async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async all => {
      const spec = aggregateSpec(
        all.map(each => each.spec),
        { deadlineMs: DEADLINE, whenEmpty: 'answer' },
      )
      const courses = coursesOf(all, spec)
      const services = new FakeServices()
      const run = services.run(spec, Object.fromEntries(all.map(each => [each.spec.name, each.plays])))
      await turn(services)
      const lost = courses.filter(({ hasData }, i) => all[i]!.spec.required && !hasData).map(each => each.settled)
      const end = lost.length > 0 ? Math.min(...lost) : Math.max(...courses.map(each => each.settled))

      // The answer: when, and what of.
      assert.equal(run.at, end)
      assert.equal(run.reply?.fault === null, lost.length === 0)
      if (lost.length === 0)
        assert.deepEqual(
          missingIn(run.partial),
          courses.flatMap(({ reason }, i) => (reason === null ? [] : [`${all[i]!.spec.name} ${reason}`])),
        )
      // Who was asked, and when.
      for (const [i, { start, cut }] of courses.entries()) {
        const visits = services.visits.filter(({ branch }) => branch === all[i]!.spec.name)
        // At the very end it is a matter of order.
        if (start < end || visits.length > 0)
          assert.deepEqual(
            visits.map(({ at }) => at),
            [start],
          )
        for (const { cancels, state } of visits) {
          if (cut < end) assert.deepEqual(cancels, [cut])
          assert.ok(
            cancels.length === 0 ? state !== 'open' : cancels.length === 1 && cancels[0]! <= end,
            `${state} ${cancels}`,
          )
        }
      }
      assert.ok(services.visits.every(({ at }) => at < DEADLINE))
      assert.deepEqual([services.timers.pending, run.x.onCancel], [0, null])
      // Each branch is counted once, unless it was not asked when all was over.
      const counted = services.outcomes.map(([branch]) => branch)
      assert.equal(new Set(counted).size, counted.length)
      if (lost.length === 0) assert.equal(counted.length, all.length)
    }),
    { numRuns: 300 },
  )
})

/** All that happens, until long after the deadline. */
const turn = async (services: FakeServices): Promise<void> => {
  for (let ms = 0; ms < 500; ms += 5) await services.leap(5)
  await services.leap(3)
  for (let ms = 0; ms < 50; ms++) await services.leap(10)
}

const missingIn = (partial: string): readonly string[] =>
  partial === '' ? [] : partial.split(', ').map(member => member.replace(/^(\w+);reason=(\w+).*$/, '$1 $2'))

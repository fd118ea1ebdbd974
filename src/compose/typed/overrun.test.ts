import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeServices, turn } from '../testing/fake-services.ts'
import { aggregateSpec, branchSpec } from '../testing/specs.ts'
import { type Code, runTyped } from '../testing/typed-run.ts'

/** Code that does not give the thread back: no timer can fire while it runs. */

const INTERNAL = ['INTERNAL', '']
const NEVER = Number.POSITIVE_INFINITY

type Make = (hog: (ms: number) => void) => Code

const runHog = (spec: Parameters<typeof runTyped>[0], make: Make, plays: Parameters<typeof runTyped>[2] = {}) => {
  const services = new FakeServices()
  return {
    ...runTyped(
      spec,
      make(ms => services.clock.advance(ms)),
      plays,
      undefined,
      services,
    ),
    services,
  }
}

const replies: readonly (readonly [what: string, make: Make])[] = [
  ['at once', hog => ({ reply: () => hogged(hog) })],
  ['before it waits', hog => ({ reply: async () => hogged(hog) })],
  [
    'after it waited',
    hog => ({
      reply: async () => {
        await null
        return hogged(hog)
      },
    }),
  ],
  ['while it is written', hog => ({ reply: () => ({ toJSON: () => hogged(hog) }) })],
]

let hogMs = 0
const hogged = (hog: (ms: number) => void): string => {
  hog(hogMs)
  return 'done'
}

for (const [what, make] of replies) {
  test(`a reply that holds the thread for longer than it has: ${what}`, async () => {
    const spec = aggregateSpec([branchSpec('a')], { deadlineMs: 300 })
    hogMs = 300
    const good = runHog(spec, make)
    await turn()
    assert.deepEqual(good.run.answer, [200, '"done"'])
    hogMs = 301
    const late = runHog(spec, make)
    await turn()
    assert.deepEqual(late.run.answer, INTERNAL)
    assert.match(String(late.lines[0]?.fields['error']), /took longer than the 300 ms/)
    assert.equal(late.services.timers.pending, 0)
  })
}

test('after a slow branch it has 100 ms', async () => {
  const spec = aggregateSpec([branchSpec('a'), branchSpec('slow')], { deadlineMs: 300 })
  for (const [ms, answer] of [
    [100, [200, '"done"']],
    [101, INTERNAL],
  ] as const) {
    hogMs = ms
    const { run, services } = runHog(spec, hog => ({ reply: () => hogged(hog) }), { slow: { after: NEVER } })
    await services.pass(300)
    assert.deepEqual(run.answer, answer)
  }
})

test('a schema has the time of its branch, also when it holds the thread', async () => {
  const schema =
    (hog: (ms: number) => void) =>
    (value: unknown): unknown => {
      hog(hogMs)
      return { value }
    }
  const spec = aggregateSpec([branchSpec('a', { timeoutMs: 200 }), branchSpec('b')])
  hogMs = 200
  const good = runHog(spec, hog => ({ schemas: { a: schema(hog) } }))
  await turn()
  assert.deepEqual([good.run.answer, good.run.partial], [[200, '{"a":{},"b":{}}'], ''])
  hogMs = 201
  const late = runHog(spec, hog => ({ schemas: { a: schema(hog) } }))
  await turn()
  assert.deepEqual([late.run.answer, late.run.partial], [[200, '{"a":null,"b":{}}'], 'a;reason=timeout;after=200'])
  assert.deepEqual(
    late.services.outcomes.map(([branch, outcome]) => [branch, outcome]),
    [
      ['a', 'timeout'],
      ['b', 'ok'],
    ],
  )
})

test('where the whole has no time left either, no other branch is waited for, and none starts', async () => {
  const spec = aggregateSpec([branchSpec('a', { required: true }), branchSpec('b')], { deadlineMs: 300 })
  const make: Make = hog => ({
    schemas: {
      a: async (value: unknown) => {
        hog(301)
        return { value }
      },
    },
  })
  const { run, services } = runHog(spec, make, { b: { after: NEVER } })
  await turn()
  assert.deepEqual(run.answer, ['BRANCH_TIMEOUT', { branch: 'a', reason: 'timeout', branchStatus: 200 }])
  assert.equal(services.timers.pending, 0)
})

test('what a schema refuses stays invalid, however long it took', async () => {
  const make: Make = hog => ({
    schemas: {
      a: () => {
        hog(600)
        return { issues: [] }
      },
    },
  })
  const { run } = runHog(aggregateSpec([branchSpec('a'), branchSpec('b')]), make)
  await turn()
  assert.match(run.partial, /^a;reason=invalid/)
})

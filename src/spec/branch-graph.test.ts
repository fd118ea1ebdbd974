import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cycleIn, dependenciesOf, stagesOf } from './branch-graph.ts'
import type { BranchSpec, RefSpec } from './spec-aggregate.ts'
import { branchSpec } from './testing.ts'

const of = (name: string, member = 'id'): RefSpec => ({ source: 'branches', path: [name, member] })
const after = (name: string, ...needs: string[]): BranchSpec =>
  branchSpec(name, { path: ['/', ...needs.map(one => of(one))] })

test('a branch needs those that any part of its request, or a condition, refers to', () => {
  const branch = branchSpec('a', {
    path: ['/', of('b'), of('b', 'name'), { source: 'claims', path: ['sub'] }],
    query: [['q', [of('c')]]],
    headers: [['x', ['-', of('d')]]],
    body: {
      kind: 'object',
      members: [
        ['fixed', { kind: 'literal', value: 'x' }],
        ['one', { kind: 'ref', ref: of('e') }],
        ['many', { kind: 'list', items: [{ kind: 'text', parts: ['no. ', of('f')] }] }],
      ],
    },
    when: [{ ref: of('g'), values: [], not: false }],
    fallback: { kind: 'branch', branch: 'h' },
  })
  assert.deepEqual(dependenciesOf(branch), ['g', 'b', 'c', 'd', 'e', 'f'])
})

test('what runs together', () => {
  const rows: readonly (readonly [BranchSpec[], string[][]])[] = [
    [[], []],
    [[after('a'), after('b')], [['a', 'b']]],
    [
      [after('a', 'b'), after('b'), after('c', 'a', 'b')],
      [['b'], ['a'], ['c']],
    ],
    [[after('a', 'nobody')], [['a']]],
    // The one that stands in is not waited for.
    [[branchSpec('a', { fallback: { kind: 'branch', branch: 'b' } }), after('b')], [['a', 'b']]],
    [[after('a', 'a'), after('b', 'a'), after('c')], [['c']]],
  ]
  for (const [branches, stages] of rows) assert.deepEqual(stagesOf(branches), stages)
})

test('branches that wait for each other, for their data or for what stands in for them', () => {
  const standIn = (name: string, other: string, ...needs: string[]): BranchSpec => ({
    ...after(name, ...needs),
    fallback: { kind: 'branch', branch: other },
  })
  const rows: readonly (readonly [BranchSpec[], string[] | undefined])[] = [
    [[after('a'), after('b', 'a'), after('c', 'a', 'b')], undefined],
    [[after('a', 'a')], ['a']],
    [
      [after('x', 'a'), after('a', 'b'), after('b', 'c'), after('c', 'a')],
      ['a', 'b', 'c'],
    ],
    [
      [standIn('a', 'b'), after('b', 'a')],
      ['a', 'b'],
    ],
    [
      [standIn('a', 'b'), standIn('b', 'a')],
      ['a', 'b'],
    ],
    [[standIn('a', 'b', 'b'), after('b')], undefined],
    [[after('a', 'nobody')], undefined],
  ]
  for (const [branches, cycle] of rows) assert.deepEqual(cycleIn(branches), cycle)
})

/** For each branch, which of the others it refers to. */
const graph = fc
  .integer({ min: 1, max: 8 })
  .chain(size => fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }))
const branchesOf = (needs: readonly (readonly number[])[]): BranchSpec[] =>
  needs.map((others, i) => after(`b${i}`, ...others.map(other => `b${other}`)))

test('each branch is in the first stage in which all it needs is there, unless it waits for a cycle', () => {
  fc.assert(
    fc.property(graph, needs => {
      const branches = branchesOf(needs)
      const stages = stagesOf(branches)
      const stageOf = new Map(stages.flatMap((names, i) => names.map(name => [name, i] as const)))
      assert.equal(stageOf.size, stages.flat().length)
      for (const branch of branches) {
        const at = stageOf.get(branch.name)
        const before = dependenciesOf(branch).map(name => stageOf.get(name))
        if (at === undefined) assert.ok(before.includes(undefined), branch.name)
        else assert.equal(at, Math.max(-1, ...before.map(stage => stage ?? Number.NaN)) + 1)
      }
    }),
  )
})

test('there is a cycle exactly when some branch is in no stage, and each of it needs the next', () => {
  fc.assert(
    fc.property(graph, needs => {
      const branches = branchesOf(needs)
      const cycle = cycleIn(branches)
      assert.equal(cycle !== undefined, stagesOf(branches).flat().length < branches.length)
      for (const [i, name] of (cycle ?? []).entries()) {
        const next = cycle?.[(i + 1) % cycle.length] ?? ''
        assert.ok(dependenciesOf(branches.find(one => one.name === name)!).includes(next))
      }
    }),
  )
})

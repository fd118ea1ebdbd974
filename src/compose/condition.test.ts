import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConditionSpec } from '../spec/spec-aggregate.ts'
import { compileConditions } from './condition.ts'
import { type Given, inputs } from './testing/inputs.ts'
import { ref } from './testing/specs.ts'

const when = (text: string, values: ConditionSpec['values'] = [], not = false): ConditionSpec => ({
  ref: ref(text),
  values,
  not,
})

const holds = (conditions: readonly ConditionSpec[], given: Given): boolean => {
  const { from, resolve } = inputs(given)
  return compileConditions(conditions, resolve)?.(from) ?? true
}

const GIVEN: Given = {
  query: '?full=true&page=2&empty=',
  identity: { consumer: 'shop', claims: { plan: 'gold', level: 2, roles: ['a', 'b'], none: null } },
  branches: { user: { vip: true, id: 7, none: null } },
  missing: ['gone'],
}

for (const [condition, expected] of [
  [when('query.full', ['true']), true],
  [when('query.full', [true]), true],
  [when('query.page', [2]), true],
  [when('query.page', ['1', '3']), false],
  [when('query.empty'), true],
  [when('query.other'), false],
  [when('query.other', [], true), true],
  [when('consumer', ['shop']), true],
  [when('subject'), false],
  [when('claims.plan', ['silver', 'gold']), true],
  [when('claims.plan', ['gold'], true), false],
  [when('claims.level', [2]), true],
  [when('claims.level', ['2']), false],
  [when('claims.roles', ['b']), true],
  [when('claims.roles', ['c']), false],
  [when('claims.roles', ['c'], true), true],
  [when('claims.none'), true],
  [when('claims.other', ['x'], true), true],
  [when('branches.user.vip', [true]), true],
  [when('branches.user.vip', ['true']), false],
  [when('branches.user.none'), true],
  [when('branches.gone.id'), false],
  [when('branches.gone.id', [], true), true],
] as const) {
  const { source, path } = condition.ref
  const what = `${[source, ...path].join('.')} ${condition.not ? 'not ' : ''}${JSON.stringify(condition.values)}`
  test(`${what} ${expected ? 'holds' : 'does not hold'}`, () => {
    assert.equal(holds([condition], GIVEN), expected)
  })
}

test('all must hold; none is nothing to look at', () => {
  const [yes, no] = [when('query.full'), when('query.other')]
  assert.deepEqual([holds([yes, yes], GIVEN), holds([yes, no], GIVEN)], [true, false])
  assert.equal(compileConditions([], inputs().resolve), null)
})

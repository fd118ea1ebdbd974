import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Complaint } from '../../core/code/complaints.ts'
import type { Validate } from '../../core/code/typed-parts.ts'
import type { BranchData, BranchMissing } from '../branch.ts'
import { turn } from '../testing/fake-services.ts'
import { compileCheck } from './check.ts'
import { CheckedData } from './checked-data.ts'

type Result = BranchData | BranchMissing | null

const DATA: BranchData = {
  kind: 'ok',
  text: Buffer.from('{"id":1}'),
  json: () => ({ id: 1 }),
  status: 200,
  afterMs: 5,
  missing: null,
}

interface Checked {
  readonly now: Result
  readonly later: (BranchData | BranchMissing)[]
  readonly told: (readonly [string, Complaint | undefined])[]
}

const check = (validate: unknown, written = false): Checked => {
  const told: [string, Complaint | undefined][] = []
  const later: (BranchData | BranchMissing)[] = []
  const run = compileCheck('user', validate as Validate, written, (about, facts) => void told.push([about, facts]))
  return { now: run(DATA, result => void later.push(result)), later, told }
}

const show = (result: Result | undefined): unknown => {
  if (result === null || result === undefined) return result
  return result.kind === 'missing' ? [result.reason, result.status, result.afterMs] : (result as CheckedData).value
}

test('what a schema accepts is what it makes of it', () => {
  const { now, told } = check((value: unknown) => ({ value: { given: value, at: new Date(0) } }))
  assert.deepEqual(show(now), { given: { id: 1 }, at: new Date(0) })
  assert.deepEqual([now?.status, now?.afterMs], [200, 5])
  // For other branches it is JSON.
  assert.deepEqual(now instanceof CheckedData && now.json(), { given: { id: 1 }, at: '1970-01-01T00:00:00.000Z' })
  assert.deepEqual(told, [])
})

const getter = (): object =>
  Object.defineProperty({}, 'value', {
    get: () => {
      throw new Error('trap')
    },
    enumerable: true,
  })
const issues =
  (path: unknown): unknown =>
  () => ({ issues: [{ message: 'secret', path }] })

const trapped = (name: string): object =>
  Object.defineProperty({}, name, {
    get: () => {
      throw new Error('trap')
    },
  })

const invalid: readonly (readonly [what: string, validate: unknown, about: RegExp, at?: string])[] = [
  ['one of which nobody may ask whether it comes later', () => trapped('then'), /failed/],
  ['one with issues', issues(['user', { key: 'name' }, 3]), /does not fit its schema/, 'user.name.*'],
  [
    'names that may be a stranger’s',
    issues(['a b@c', Symbol('x'), 'x'.repeat(41), null, {}]),
    /does not fit/,
    '?.?.?.?.?',
  ],
  ['a long path', issues(Array(50).fill('a')), /does not fit/, 'a.a.a.a.a.a.a.a.a.a'],
  ['no path', () => ({ issues: [{ message: 'x' }] }), /does not fit/, ''],
  ['no issue among them', () => ({ issues: [] }), /does not fit/, ''],
  [
    'one that throws',
    () => {
      throw new Error('own')
    },
    /the schema of branch "user" failed/,
  ],
  [
    'one that throws no error',
    () => {
      throw 5
    },
    /failed/,
  ],
  ['nothing', () => undefined, /failed/],
  ['null', () => null, /failed/],
  ['a trap in place of its value', getter, /failed/],
  [
    'a trap in place of its issues',
    () => ({
      get issues() {
        throw new Error('trap')
      },
    }),
    /failed/,
  ],
  ['issues that are none', () => ({ issues: 5 }), /does not fit/, ''],
]

for (const [what, validate, about, at] of invalid) {
  test(`invalid at once: ${what}`, () => {
    const { now, told } = check(validate)
    assert.deepEqual(show(now), ['invalid', 200, 5])
    assert.match(told[0]?.[0] ?? '', about)
    assert.equal(told[0]?.[1]?.at, at)
    assert.equal(told.length, 1)
    assert.doesNotMatch(JSON.stringify(told), /secret/)
  })
}

test('invalid: what cannot be written where the answer is made of it', () => {
  const validate = (): unknown => ({ value: new Map() })
  assert.deepEqual(show(check(validate, true).now), ['invalid', 200, 5])
  assert.deepEqual(show(check(validate, false).now), new Map())
})

const thenable = (then: (done: (value: unknown) => void) => void): object => Object.fromEntries([['then', then]])

const later: readonly (readonly [what: string, validate: unknown, result: unknown])[] = [
  ['a value', async () => ({ value: 'late' }), 'late'],
  ['issues', async () => ({ issues: [{ message: 'x' }] }), ['invalid', 200, 5]],
  [
    'a rejection',
    async () => {
      throw new Error('own')
    },
    ['invalid', 200, 5],
  ],
  ['nothing', async () => undefined, ['invalid', 200, 5]],
  [
    'a thenable that throws',
    () =>
      thenable(() => {
        throw new Error('own')
      }),
    ['invalid', 200, 5],
  ],
  [
    'a thenable that answers twice',
    () =>
      thenable(done => {
        done({ value: 1 })
        done({ value: 2 })
      }),
    1,
  ],
]

for (const [what, validate, result] of later) {
  test(`later: ${what}`, async () => {
    const checked = check(validate)
    assert.equal(checked.now, null)
    await turn()
    assert.deepEqual(checked.later.map(show), [result])
  })
}

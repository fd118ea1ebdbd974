import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderEdits } from '../base/headers.ts'
import { Exchange } from '../core/exchange.ts'
import type { BranchSpec } from '../spec/spec-aggregate.ts'
import { FakeServices } from './testing/fake-services.ts'
import { someone } from './testing/inputs.ts'
import { aggregateSpec, branchSpec, ref } from './testing/specs.ts'

/** A branch that cannot be asked: whose fault it is. */

const answerTo = (branches: readonly BranchSpec[], x: Partial<Exchange> = {}) => {
  const services = new FakeServices()
  const run = services.run(aggregateSpec(branches), {}, Object.assign(new Exchange(), x))
  return { run, asked: services.visits.length, status: run.reply?.status, ...run.reply?.fault }
}

const required = (given: Partial<BranchSpec>): BranchSpec => branchSpec('a', { required: true, ...given })

const clients: readonly (readonly [what: string, branch: Partial<BranchSpec>, x: Partial<Exchange>, why: string])[] = [
  ['a missing parameter of the query', { path: ['/', ref('query.id')] }, {}, '{query.id} has no value'],
  [
    'an empty one',
    { path: ['/', ref('query.id')] },
    { query: '?id=' },
    '{query.id} is empty, which a path cannot hold',
  ],
  ['a missing header', { headers: [['x-a', [ref('headers.x-tenant')]]] }, {}, '{headers.x-tenant} has no value'],
  ['a missing member of the body', { body: { kind: 'ref', ref: ref('body.id') } }, {}, '{body.id} has no value'],
  ['a dot segment', { path: ['/', ref('params.id')] }, P('..'), 'a segment of the path would be a dot segment'],
  ['no UTF-8', { path: ['/', ref('params.id')] }, P('%ff'), '{params.id} is not valid UTF-8'],
  ['too much', { path: ['/', ref('params.id')] }, P('x'.repeat(8192)), 'the target would be too long'],
]

/** A parameter of the path, as it comes. */
function P(id: string): Partial<Exchange> {
  return { params: [id], paramNames: ['id'] }
}

for (const [what, branch, x, why] of clients) {
  test(`400 where a required branch cannot be asked for want of what the client says: ${what}`, () => {
    const { run, asked, status, detail } = answerTo(
      [required(branch), branchSpec('b', { path: ['/', ref('branches.a.x')] })],
      x,
    )
    assert.deepEqual([asked, status, run.answer], [0, 400, ['BAD_REQUEST', { branch: 'a', reason: 'invalid' }]])
    assert.equal(detail, `branch "a" cannot be asked: ${why}`)
  })
}

const ours: readonly (readonly [what: string, branch: Partial<BranchSpec>, x: Partial<Exchange>])[] = [
  ['a claim that the issuer does not say', { path: ['/', ref('claims.org')] }, { identity: someone({ claims: {} }) }],
  ['nobody is known', { path: ['/', ref('subject')] }, {}],
  [
    'a header that only the gateway says',
    { headers: [['x-a', [ref('headers.x-consumer')]]] },
    { requestEdits: new HeaderEdits() },
  ],
  ['dots of a claim', { path: ['/', ref('claims.org')] }, { identity: someone({ claims: { org: '..' } }) }],
  [
    'dots of both',
    { path: ['/', ref('claims.org'), ref('params.id')] },
    { ...P('.'), identity: someone({ claims: { org: '.' } }) },
  ],
]

for (const [what, branch, x] of ours) {
  test(`502 where the client can do nothing about it: ${what}`, () => {
    const { run, status } = answerTo([required(branch)], x)
    assert.deepEqual([status, run.answer], [502, ['BRANCH_FAILED', { branch: 'a', reason: 'invalid' }]])
  })
}

test('what an answer lacks is the fault of its service', () => {
  const { run, status } = answerTo([branchSpec('b'), required({ path: ['/', ref('branches.b.id')] })])
  assert.deepEqual([status, run.answer[0]], [502, 'BRANCH_FAILED'])
})

test('a required branch that needs one which the client left without anything to ask for', () => {
  const branches = [branchSpec('b', { path: ['/', ref('query.id')] }), required({ path: ['/', ref('branches.b.id')] })]
  const { run, detail } = answerTo(branches)
  assert.deepEqual(run.answer, ['BAD_REQUEST', { branch: 'a', reason: 'skipped' }])
  assert.equal(detail, 'branch "a" cannot be asked: {query.id} has no value')
})

test('of optional branches it is one more reason; when no other has data, the request is at fault', () => {
  const asks = branchSpec('a', { path: ['/', ref('query.id')] })
  const partial = answerTo([asks, branchSpec('b')])
  assert.deepEqual([partial.run.answer, partial.run.partial], [[200, '{"a":null,"b":{}}'], 'a;reason=invalid'])
  const none = answerTo([asks])
  assert.deepEqual([none.status, none.run.answer], [400, ['BAD_REQUEST', { branches: { a: 'invalid' } }]])
  const both = answerTo([asks, branchSpec('b', { path: ['/', ref('subject')] })])
  assert.deepEqual([both.status, both.run.answer[0]], [502, 'BRANCH_FAILED'])
})

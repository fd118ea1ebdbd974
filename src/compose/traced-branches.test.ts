import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../base/errors.ts'
import { Exchange } from '../core/exchange.ts'
import type { Trace, TracedBranch } from '../core/trace.ts'
import type { BranchSpec } from '../spec/spec-aggregate.ts'
import { FakeServices, type Plays } from './testing/fake-services.ts'
import { aggregateSpec, branchSpec, ref } from './testing/specs.ts'

const NEVER = Number.POSITIVE_INFINITY

const scene = (branches: readonly BranchSpec[], plays: Readonly<Record<string, Plays>> = {}) => {
  const services = new FakeServices()
  const told: string[] = []
  const tell = (text: string): void => void told.push(`${services.elapsed} ${text}`)
  const under = (name: string): TracedBranch => ({
    traceId: name,
    send: () => assert.fail('services are fakes'),
    branch: () => assert.fail('branches have no branches'),
    begin: () => tell(`${name} begins`),
    end: (outcome, status) => tell(`${name} ${outcome} ${status}`),
  })
  const trace: Trace = { traceId: 'all', send: () => assert.fail('services are fakes'), branch: under }
  const run = services.run(aggregateSpec(branches), plays, Object.assign(new Exchange(), { trace }))
  return { services, run, told }
}

test('each branch says when it begins and how it ends, once; its request hangs under it', async () => {
  const { services, told } = scene(
    [
      branchSpec('a'),
      branchSpec('b', { timeoutMs: 20 }),
      branchSpec('c', { path: ['/', ref('branches.b.id')] }),
      branchSpec('d'),
    ],
    { a: { after: 10 }, b: { after: NEVER }, d: { status: 404 } },
  )
  await services.pass(600)
  assert.deepEqual(told, [
    '0 a begins',
    '0 b begins',
    '0 d begins',
    '0 d status 404',
    '10 a ok 200',
    '20 b timeout 0',
    '20 c skipped 0',
  ])
  assert.deepEqual(
    services.visits.map(({ branch, x }) => [branch, x.trace?.traceId]),
    [
      ['a', 'a'],
      ['b', 'b'],
      ['d', 'd'],
    ],
  )
})

test('a request that several branches want hangs under the one that asked', async () => {
  const twin = { service: 's', path: ['/x'] }
  const { services, told } = scene([branchSpec('a', twin), branchSpec('b', twin)], { a: { after: 5 } })
  await services.pass(600)
  assert.deepEqual(
    services.visits.map(({ x }) => x.trace?.traceId),
    ['a'],
  )
  assert.deepEqual(told, ['0 a begins', '0 b begins', '5 a ok 200', '5 b ok 200'])
})

test('what is under way when the answer is decided, or the client leaves, ends then', async () => {
  const decided = scene([branchSpec('a'), branchSpec('b', { required: true })], {
    a: { after: NEVER },
    b: { after: 10, status: 503 },
  })
  await decided.services.pass(20)
  assert.deepEqual(decided.told.slice(2), ['10 b status 503', '10 a cancelled 0'])
  const left = scene([branchSpec('a')], { a: { after: NEVER } })
  await left.services.pass(7)
  left.run.x.cancel(new Fault('CLIENT_GONE'))
  await left.services.pass(600)
  assert.deepEqual(left.told, ['0 a begins', '7 a cancelled 0'])
})

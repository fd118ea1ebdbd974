import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesSource } from '../base/bytes-source.ts'
import { Fault } from '../base/errors.ts'
import { Exchange } from '../core/exchange.ts'
import type { AggregateSpec, BranchSpec } from '../spec/spec-aggregate.ts'
import { FakeServices, type Plays, reset, turn } from './testing/fake-services.ts'
import { aggregateSpec, branchSpec, ref } from './testing/specs.ts'

const NEVER = Number.POSITIVE_INFINITY

const run = async (
  branches: readonly BranchSpec[],
  plays: Readonly<Record<string, Plays>>,
  ms = 600,
  given: Partial<AggregateSpec> = {},
) => {
  const services = new FakeServices()
  const it = services.run(aggregateSpec(branches, given), plays)
  await services.pass(ms)
  return it
}

/** `name status/httpStatus ms`, as far as there is something to say. */
const told = ({ fares }: Exchange): readonly string[] | undefined =>
  fares?.map(({ name, status, reason, httpStatus, ms }) =>
    [name, status, reason, httpStatus || '', ms].filter(part => part !== '').join(' '),
  )

test('each branch says how it fared, for the log', async () => {
  const it = await run(
    [
      branchSpec('good'),
      branchSpec('slow'),
      branchSpec('bad', { fallback: { kind: 'value', value: 1 } }),
      branchSpec('gone'),
      branchSpec('after', { path: ['/', ref('branches.gone.x')] }),
      branchSpec('out', { when: [{ ref: ref('query.none'), values: [], not: false }] }),
    ],
    {
      good: { after: 5, status: 201 },
      slow: { after: NEVER },
      bad: { after: 7, status: 503 },
      gone: { after: 9, fault: reset },
    },
  )
  assert.deepEqual(told(it.x), [
    'good ok 201 5',
    'slow timeout 500',
    'bad fallback status 503 7',
    'gone connect 9',
    'after skipped 9',
    'out left out 0',
  ])
})

test('what was under way when it was decided was cancelled then; what was never asked is not there', async () => {
  const branches = [
    branchSpec('user', { required: true }),
    branchSpec('slow'),
    branchSpec('body'),
    branchSpec('later', { path: ['/', ref('branches.slow.x')] }),
    branchSpec('fell', { fallback: { kind: 'branch', branch: 'slow' } }),
  ]
  const it = await run(branches, {
    user: { after: 10, status: 500 },
    slow: { after: NEVER },
    body: { after: 2, bodyAfter: NEVER },
    fell: { after: 4, status: 404 },
  })
  assert.deepEqual(told(it.x), [
    'user status 500 10',
    'slow cancelled 10',
    'body cancelled 200 10',
    'fell status 404 4',
  ])
})

test('a client that left', async () => {
  const it = await run([branchSpec('a'), branchSpec('b')], { b: { after: NEVER } }, 20)
  it.x.cancel(new Fault('CLIENT_GONE'))
  assert.deepEqual(told(it.x), ['a ok 200 0', 'b cancelled 20'])
})

test('the target that was asked last is named', async () => {
  const services = new FakeServices()
  const call = services.call('a', {})
  const it = services.runCalls(
    aggregateSpec([branchSpec('a')]),
    new Map([
      [
        'a',
        x => {
          x.upstream = 'http://10.0.0.1:80'
          return call(x)
        },
      ],
    ]),
  )
  await turn()
  assert.equal(it.x.fares?.[0]?.upstream, 'http://10.0.0.1:80')
})

test('a request whose body was no good asked nobody', async () => {
  const services = new FakeServices()
  const x = Object.assign(new Exchange(), { body: bytesSource(Buffer.from('no JSON')) })
  services.run(aggregateSpec([branchSpec('a', { body: { kind: 'ref', ref: ref('body') } })]), {}, x)
  await turn()
  assert.deepEqual(x.fares, [])
})

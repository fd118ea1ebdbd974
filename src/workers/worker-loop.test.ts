import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Serving } from '../core/serving.ts'
import { noProvisions } from '../core/testing.ts'
import { createMetrics } from '../telemetry/registry.ts'
import type { Generation } from './messages.ts'
import { settle } from './testing/fake-timers.ts'
import { emptySpec } from './testing/specs.ts'
import { createWorkerLoop } from './worker-loop.ts'

const generation = (number: number): Generation => ({
  number,
  spec: emptySpec,
  metrics: createMetrics({ workers: 1 }).extend([]),
  rosters: [],
})

const world = (change: Partial<Serving> = {}) => {
  const steps: string[] = []
  const serving: Serving = {
    prepare: async () => void steps.push('prepare'),
    commit: () => void steps.push('commit'),
    abort: async () => void steps.push('abort'),
    drain: async ms => void steps.push(`drain ${ms}`),
    close: async () => {},
    ...change,
  }
  const loop = createWorkerLoop({
    serving,
    provisionsOf: async () => noProvisions(),
    onKeys: () => {},
    onRoster: () => {},
    onCommit: () => steps.push('on commit'),
    answer: answer => steps.push('number' in answer ? `${answer.type} ${answer.number}` : answer.type),
    flush: () => steps.push('flush'),
  })
  return { steps, loop }
}

test('answers each phase with the number it was asked for', async () => {
  const { steps, loop } = world()
  void loop({ type: 'prepare', generation: generation(7) })
  await loop({ type: 'commit', number: 7 })
  assert.deepEqual(steps, ['prepare', 'prepared 7', 'on commit', 'commit', 'committed 7'])
})

test('a Spec that cannot be prepared is refused with its reason, and work goes on', async () => {
  const reasons: string[] = []
  const loop = createWorkerLoop({
    serving: { ...NOTHING, prepare: async () => Promise.reject(new Error('no such file')) },
    provisionsOf: async () => noProvisions(),
    onKeys: () => {},
    onRoster: () => {},
    onCommit: () => {},
    answer: answer => reasons.push(answer.type === 'refused' ? answer.reason : answer.type),
    flush: () => {},
  })
  await loop({ type: 'prepare', generation: generation(1) })
  await loop({ type: 'abort', number: 1 })
  await loop({ type: 'prepare', generation: generation(2) })
  assert.deepEqual(reasons, ['no such file', 'no such file'])
})

const NOTHING: Serving = {
  prepare: async () => {},
  commit: () => {},
  abort: async () => {},
  drain: async () => {},
  close: async () => {},
}

test('an abort waits for the prepare it takes back', async () => {
  let finish = (): void => {}
  const { steps, loop } = world({
    prepare: () =>
      new Promise(resolve => {
        finish = resolve
      }),
  })
  void loop({ type: 'prepare', generation: generation(1) })
  const aborted = loop({ type: 'abort', number: 1 })
  await settle()
  assert.deepEqual(steps, [])
  finish()
  await aborted
  assert.deepEqual(steps, ['prepared 1', 'abort'])
})

test('a drain does not wait for a prepare that hangs, and hands on the log before it answers', async () => {
  const { steps, loop } = world({ prepare: () => new Promise(() => {}) })
  void loop({ type: 'prepare', generation: generation(1) })
  await loop({ type: 'drain', drainMs: 5 })
  assert.deepEqual(steps, ['drain 5', 'flush', 'drained'])
})

test('a commit that throws is not swallowed: the worker must die', async () => {
  const { loop } = world({
    commit: () => {
      throw new Error('half committed')
    },
  })
  await assert.rejects(loop({ type: 'commit', number: 1 }), { message: 'half committed' })
})

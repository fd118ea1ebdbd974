import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { failed, ms, quantileMs, sentWithin } from '../support/fleet-figures.ts'
import { type Scene, scenario } from './scenario.ts'

const HEAD_MS = 500
const SETTLED_MS = 2 * HEAD_MS
/** What other work on the machine may add; it does not do so all the time. */
const NOISE_MS = 60
const WINDOWS = [0, 1, 2]
const WINDOW_MS = 500

const WAYS = {
  outliers: { outliers: { consecutiveErrors: 3, ejectFor: '30s' } },
  targetBreaker: { targetBreaker: { failureRate: '0%', consecutiveFailures: 3, openFor: '30s' } },
} as const

const play = async (scene: Scene, way: keyof typeof WAYS): Promise<void> => {
  const targets = await scene.targets(3, { kind: 'well', after: 10 })
  const { port } = await scene.gateway({
    app: {
      endpoints: targets.map(({ url }) => url),
      timeout: { head: `${HEAD_MS}ms` },
      retry: { attempts: 3, on: ['connect', 'reset', 'timeout'], backoff: '5ms..50ms' },
      ...WAYS[way],
    },
  })
  // As many a second whatever happens, with connections enough for all that hang.
  const load = scene.load({ port, path: '/app', connections: 300, perSecond: 400 })
  await sleep(1200)
  const hungAt = performance.now()
  targets[0]!.become({ kind: 'hanging' })
  await sleep(SETTLED_MS + WINDOWS.length * WINDOW_MS)
  const asked = await load.stop()

  // What was sent right before may have arrived right after.
  const before = quantileMs(sentWithin(asked, hungAt - 1000, hungAt - 200), 0.99)
  const during = quantileMs(sentWithin(asked, hungAt, hungAt + SETTLED_MS), 0.99)
  const later = WINDOWS.map(n => {
    const from = hungAt + SETTLED_MS + n * WINDOW_MS
    return sentWithin(asked, from, from + WINDOW_MS)
  })
  const after = Math.min(...later.map(each => quantileMs(each, 0.99)))
  const slow = asked.filter(({ at, endedAt }) => at >= hungAt && endedAt - at >= HEAD_MS)
  const lastSlow = Math.max(...slow.map(({ at }) => at)) - hungAt
  scene.saw(
    `p99 ${ms(before)} before, ${ms(during)} in the first ${ms(SETTLED_MS)}, ${ms(after)} from then on; the last slow request was sent after ${ms(lastSlow)}; ${failed(asked).length} errors`,
  )
  assert.ok(slow.length > 0, 'some met the target that hangs')
  assert.ok(during >= HEAD_MS)
  // A third of them, were it still asked.
  for (const each of later)
    assert.ok(each.filter(({ at, endedAt }) => endedAt - at >= HEAD_MS).length < each.length / 20)
  assert.ok(after <= 1.5 * before + NOISE_MS, `p99 ${ms(after)}, ${ms(before)} before`)
  assert.equal(failed(asked).length, 0)
}

for (const way of ['outliers', 'targetBreaker'] as const) {
  scenario(
    {
      name: `one of 3 targets hangs, \`${way}\``,
      done: `400 requests a second; one target takes requests and answers no more; \`timeout.head\` is ${HEAD_MS} ms`,
      claimed: 'p99 is as before within twice the head timeout, no errors',
    },
    scene => play(scene, way),
  )
}

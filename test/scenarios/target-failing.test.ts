import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { failed, failedShare, percent, sentWithin } from '../support/fleet-figures.ts'
import { type Scene, scenario } from './scenario.ts'

const SHARE = 0.3
/** Two intervals, and some time for whoever looks. */
const LATE_MS = 2800

interface Way {
  readonly targets: number
  readonly outliers: { readonly failureRate: string } | { readonly deviation: number }
}

/** Of n targets one alone can be at most √(n−1) standard deviations below the mean: 1.9 takes five. */
const WAYS: Readonly<Record<'failureRate' | 'deviation', Way>> = {
  failureRate: { targets: 3, outliers: { failureRate: '20%' } },
  deviation: { targets: 5, outliers: { deviation: 1.9 } },
}

const play = async (scene: Scene, { targets: count, outliers }: Way): Promise<void> => {
  const targets = await scene.targets(count)
  const service = {
    endpoints: targets.map(({ url }) => url),
    outliers: { consecutiveErrors: 0, minRequests: 20, interval: '1s', ejectFor: '30s', ...outliers },
  }
  const { port } = await scene.gateway({
    once: service,
    retried: { ...service, retry: { attempts: 2, on: [500], backoff: '1ms..10ms' } },
  })
  const loads = ['/once', '/retried'].map(path => scene.load({ port, path, connections: 32, perSecond: 300 }))
  await sleep(500)
  const [bad, ...good] = targets
  const failsAt = performance.now()
  bad?.become({ kind: 'failing', share: SHARE, status: 500, after: 5 })
  await sleep(LATE_MS + 700)
  const [once, retried] = await Promise.all(loads.map(load => load.stop()))
  const late = failsAt + LATE_MS
  assert.ok(bad !== undefined && once !== undefined && retried !== undefined)

  const after = failedShare(sentWithin(once, late))
  const ejectedAt = Math.max(...bad.arrivals.map(({ at }) => at))
  const early = failedShare(sentWithin(once, failsAt, ejectedAt))
  scene.saw(
    `it got no more requests after ${Math.round(ejectedAt - failsAt)} ms; without retries ${percent(early)} errors until then, ${percent(after)} in the end; with retries ${percent(failedShare(retried))}`,
  )
  assert.ok(failed(once).length > 0)
  assert.equal(after, 0)
  assert.equal(failedShare(retried), 0)
  assert.ok(good.every(({ arrivals }) => arrivals.some(({ at }) => at >= late)))
}

for (const [key, way] of Object.entries(WAYS)) {
  scenario(
    {
      name: `one of ${way.targets} targets fails at ${percent(SHARE)}, \`outliers.${key}\``,
      done: `300 requests a second without retries, 300 with; one target answers 500 to ${percent(SHARE)}`,
      claimed: 'it is ejected within two intervals; then no errors, and with retries on 500 none at any time',
    },
    scene => play(scene, way),
  )
}

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchService } from '../support/fleet-admin.ts'
import { failed, ms } from '../support/fleet-figures.ts'
import { until } from '../support/until.ts'
import { scenario } from './scenario.ts'

const EVERY_MS = 300
const TIMES = 7

scenario(
  {
    name: 'flapping target',
    done: `64 connections to 3 targets; one goes down and up every ${EVERY_MS} ms, ${TIMES} times`,
    claimed: 'no client sees an error, and each ejection is longer than the one before',
  },
  async scene => {
    const targets = await scene.targets(3)
    const gateway = await scene.gateway({
      app: {
        endpoints: targets.map(({ url }) => url),
        health: { path: '/healthz', interval: '200ms', timeout: '150ms', healthyAfter: 1, unhealthyAfter: 2 },
        outliers: { consecutiveErrors: 2, ejectFor: '1s', maxEjectFor: '10s' },
        retry: { attempts: 3, on: ['connect', 'reset'], backoff: '5ms..50ms' },
      },
    })
    const load = scene.load({ port: gateway.port, path: '/app', connections: 64, pauseMs: 5 })
    const flapping = targets[0]!
    const ejections = watchService(gateway, 'app', report => {
      const target = report.targets.find(({ url }) => url === flapping.url)
      return { times: target?.ejected?.times ?? 0, forMs: target?.ejected?.forMs ?? 0 }
    })
    await sleep(300)
    for (let time = 0; time < TIMES; time++) {
      flapping.kill()
      await sleep(EVERY_MS)
      await flapping.revive()
      await sleep(EVERY_MS)
    }
    const upSince = performance.now()
    await until(() => flapping.arrivals.some(({ at }) => at > upSince), 'it is asked again')
    const askedAgain = performance.now() - upSince
    await ejections.stop()
    const asked = await load.stop()

    const longest = new Map<number, number>()
    for (const { times, forMs } of ejections.seen) longest.set(times, Math.max(longest.get(times) ?? 0, forMs))
    longest.delete(0)
    const spans = [...longest.entries()].sort(([a], [b]) => a - b).map(([, forMs]) => forMs)
    scene.saw(
      `${asked.length} requests, ${failed(asked).length} errors; ejected for ${spans.map(ms).join(', ')}; asked again ${ms(askedAgain)} after it is up for good`,
    )
    assert.deepEqual(
      failed(asked).map(({ status, by }) => `${status} ${by}`),
      [],
    )
    assert.ok(spans.length >= 2, `${spans.length} ejections`)
    for (const [i, forMs] of spans.entries()) assert.ok(i === 0 || forMs > spans[i - 1]!, spans.map(ms).join(', '))
  },
)

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { failed, ms, quantileMs, sentWithin, tally } from '../support/fleet-figures.ts'
import { scenario } from './scenario.ts'

const DOWN_MS = 2200
const OPEN_MS = 500
const PROBES = 2
const LATENCY_MS = 20
const ON_THE_WAY_MS = 300

scenario(
  {
    name: 'whole service down',
    done: `200 requests a second, 200 more to a service with \`fallback\`; both targets answer 503 for ${DOWN_MS} ms`,
    claimed: `refused at once with CIRCUIT_OPEN and Retry-After, the fallback answers all; the targets get ${PROBES} probes every ${OPEN_MS} ms; back by itself`,
  },
  async scene => {
    const targets = await scene.targets(2, { kind: 'well', after: LATENCY_MS })
    const service = {
      endpoints: targets.map(({ url }) => url),
      breaker: {
        failureRate: '50%',
        minRequests: 10,
        window: '1s',
        openFor: `${OPEN_MS}ms`,
        halfOpenRequests: PROBES,
      },
    }
    const { port } = await scene.gateway({
      bare: service,
      covered: { ...service, fallback: { respond: { text: 'instead' }, on: ['open', '5xx'] } },
    })
    const bareLoad = scene.load({ port, path: '/bare', connections: 64, perSecond: 200 })
    const coveredLoad = scene.load({ port, path: '/covered', connections: 64, perSecond: 200 })
    await sleep(700)
    const downAt = performance.now()
    for (const target of targets) target.become({ kind: 'failing', share: 1, status: 503, after: LATENCY_MS })
    await sleep(DOWN_MS)
    const backAt = performance.now()
    for (const target of targets) target.become({ kind: 'well', after: LATENCY_MS })
    await sleep(OPEN_MS + 1200)
    const bare = await bareLoad.stop()
    const covered = await coveredLoad.stop()

    const down = sentWithin(bare, downAt, backAt)
    const refused = down.filter(({ by }) => by === 'CIRCUIT_OPEN')
    // Open by now, and what was on its way before has arrived.
    const opened = Math.min(...refused.map(({ endedAt }) => endedAt)) + ON_THE_WAY_MS
    const fast = quantileMs(refused, 0.5)
    const arrivals = targets.flatMap(target => target.arrivals.filter(({ path }) => path === '/bare'))
    const asked = arrivals.filter(({ at }) => at > opened && at < backAt).length
    // One more that was half open when the time began.
    const most = PROBES * (1 + Math.ceil((backAt - opened) / OPEN_MS))
    const recovered = Math.min(
      ...sentWithin(bare, backAt)
        .filter(({ status }) => status === 200)
        .map(({ at }) => at),
    )
    const instead = covered.filter(({ answer }) => answer?.header('sallyport-fallback') !== undefined).length
    scene.saw(
      `${tally(down)} while down, refusals in ${ms(fast)} (median; p99 ${ms(quantileMs(refused, 0.99))}) where answers take ${LATENCY_MS} ms; while it was open the targets got ${asked} requests; first 200 ${ms(recovered - backAt)} after they were back; with fallback ${failed(covered).length} errors, ${instead} by it`,
    )
    assert.ok(refused.length > down.length * 0.6)
    assert.ok(refused.every(({ status, answer }) => status === 503 && Number(answer?.header('retry-after')) >= 1))
    assert.ok(fast < LATENCY_MS, ms(fast))
    assert.ok(asked > 0 && asked <= most, `${asked} probes, ${most} at most`)
    assert.ok(recovered - backAt < OPEN_MS + 700, ms(recovered - backAt))
    assert.equal(failed(sentWithin(bare, backAt + OPEN_MS + 700)).length, 0)
    assert.ok(instead > 0)
    assert.deepEqual(failed(covered), [])
  },
)

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { failed, sentWithin } from '../support/fleet-figures.ts'
import { until } from '../support/until.ts'
import { type Scene, scenario } from './scenario.ts'

const OPEN_MS = 400
const PROBES = 3
const RAMP_MS = 1600
/** Of the answers once the service is back: no breaker closes before its probes are answered. */
const LATENCY_MS = 150

const play = async (scene: Scene, rampFor: number) => {
  const [target] = await scene.targets(1, { kind: 'well', after: LATENCY_MS })
  assert.ok(target !== undefined)
  const { port } = await scene.gateway({
    app: {
      url: target.url,
      breaker: {
        failureRate: '50%',
        minRequests: 10,
        window: '1s',
        openFor: `${OPEN_MS}ms`,
        halfOpenRequests: PROBES,
        ...(rampFor === 0 ? {} : { rampFor: `${rampFor}ms` }),
      },
    },
  })
  const load = scene.load({ port, path: '/app', connections: 64, pauseMs: 40 })
  await sleep(500)
  target.kill()
  await sleep(1000)
  await target.revive()
  const backAt = performance.now()
  const since = (): readonly number[] => target.arrivals.filter(({ at }) => at > backAt).map(({ at }) => at)
  await until(() => since().length > 0)
  const first = since()[0]!
  await sleep(LATENCY_MS + RAMP_MS + 900)
  const endAt = performance.now()
  const asked = await load.stop()
  const times = since().map(at => at - first)
  const within = (from: number, to: number): number => times.filter(at => at >= from && at < to).length
  const quarter = RAMP_MS / 4
  return {
    probes: within(0, LATENCY_MS),
    quarters: [0, 1, 2, 3].map(i => within(LATENCY_MS + i * quarter, LATENCY_MS + (i + 1) * quarter)),
    errorsInTheEnd: failed(sentWithin(asked, endAt - 300)).length,
  }
}

scenario(
  {
    name: 'thundering recovery',
    done: `a service is down for 1 s while 64 clients retry; \`halfOpenRequests: ${PROBES}\`, \`rampFor: ${RAMP_MS}ms\``,
    claimed: `the service sees ${PROBES} probes, then a rate that grows to all of it`,
  },
  async scene => {
    const { probes, quarters, errorsInTheEnd } = await play(scene, RAMP_MS)
    const [first = 0, second = 0, third = 0, fourth = 0] = quarters
    scene.saw(
      `${probes} probes, then ${quarters.join(', ')} requests in the quarters of the ramp; ${errorsInTheEnd} errors behind it`,
    )
    assert.ok(probes > 0 && probes <= PROBES, `${probes} probes`)
    assert.ok(first < 0.75 * fourth && first + second < 0.8 * (third + fourth), String(quarters))
    assert.equal(errorsInTheEnd, 0)
  },
)

scenario(
  {
    name: 'thundering recovery, no ramp',
    done: 'the same without `rampFor`',
    claimed: `${PROBES} probes, then all of it at once`,
  },
  async scene => {
    const { probes, quarters, errorsInTheEnd } = await play(scene, 0)
    const [first = 0, second = 0, third = 0, fourth = 0] = quarters
    scene.saw(
      `${probes} probes, then ${quarters.join(', ')} requests in the same times; ${errorsInTheEnd} errors behind them`,
    )
    assert.ok(probes > 0 && probes <= PROBES, `${probes} probes`)
    assert.ok(first + second > 0.75 * (third + fourth), String(quarters))
    assert.equal(errorsInTheEnd, 0)
  },
)

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { failed, percent, tally } from '../support/fleet-figures.ts'
import { until } from '../support/until.ts'
import { scenario } from './scenario.ts'

const SLOW_MS = 2000
const PARTS = 4
const PART_MS = SLOW_MS / PARTS

scenario(
  {
    name: 'slow start',
    done: `400 requests a second to 3 targets; health checks find one unwell, and well again after 1.3 s; \`slowStart\` is ${SLOW_MS} ms`,
    claimed: 'its share grows to a third, no errors',
  },
  async scene => {
    const targets = await scene.targets(3)
    const { port } = await scene.gateway({
      app: {
        endpoints: targets.map(({ url }) => url),
        slowStart: `${SLOW_MS}ms`,
        health: { path: '/healthz', interval: '300ms', timeout: '250ms', healthyAfter: 1, unhealthyAfter: 2 },
      },
    })
    const load = scene.load({ port, path: '/app', connections: 64, perSecond: 400 })
    const back = targets[0]!
    await until(() => back.arrivals.length > 0)
    back.healthy = false
    await sleep(1300)
    const asked = back.arrivals.length
    back.healthy = true
    await until(() => back.arrivals.length > asked, 'it is asked again')
    const from = back.arrivals[asked]!.at
    await sleep(SLOW_MS + PART_MS)
    const answers = await load.stop()

    const shares = Array.from({ length: PARTS + 1 }, (_, part) => {
      const [own = 0, ...others] = targets.map(
        ({ arrivals }) => arrivals.filter(({ at }) => Math.floor((at - from) / PART_MS) === part).length,
      )
      return own / (own + others.reduce((sum, count) => sum + count, 0))
    })
    scene.saw(
      `its share ${shares.slice(0, PARTS).map(percent).join(', ')} in the quarters of that time, ${percent(shares[PARTS]!)} behind it; ${failed(answers).length} errors`,
    )
    assert.ok(shares[0]! < 0.15, percent(shares[0]!))
    for (let part = 1; part < PARTS; part++) assert.ok(shares[part]! > shares[part - 1]!, shares.map(percent).join())
    assert.ok(Math.abs(shares[PARTS]! - 1 / 3) < 0.03, percent(shares[PARTS]!))
    assert.equal(tally(failed(answers)), '')
  },
)

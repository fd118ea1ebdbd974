import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { failed, sentWithin, tally } from '../support/fleet-figures.ts'
import type { FleetUpstream } from '../support/fleet-upstream.ts'
import { until } from '../support/until.ts'
import { scenario } from './scenario.ts'

const DEATHS = 5
/** Until both workers have seen that a target is gone; they may have other things to do at first. */
const NOTICED_MS = 600
const ON_THE_WAY = 30

scenario(
  {
    name: 'target killed, with retries',
    done: `64 connections (GET, and PUT with a body) to 3 targets; ${DEATHS} times one is killed, and is back after 300 ms`,
    claimed: 'no client sees an error',
  },
  async scene => {
    const targets = await scene.targets(3)
    const { port } = await scene.gateway({
      app: {
        endpoints: targets.map(({ url }) => url),
        retry: { attempts: 3, on: ['connect', 'reset'], backoff: '5ms..50ms' },
      },
    })
    const loads = [
      scene.load({ port, path: '/app', connections: 32, pauseMs: 5 }),
      scene.load({ port, path: '/app', connections: 32, pauseMs: 5, method: 'PUT', body: 'x'.repeat(1000) }),
    ]
    await sleep(300)
    let caught = 0
    for (let death = 0; death < DEATHS; death++) {
      const target = targets[death % 3]!
      caught += target.busy()
      target.kill()
      await sleep(300)
      await target.revive()
      await sleep(300)
    }
    const revivedAt = performance.now()
    const isAsked = ({ arrivals }: FleetUpstream): boolean => arrivals.some(({ at }) => at > revivedAt)
    await until(() => targets.every(isAsked), 'all are asked again')
    const asked = (await Promise.all(loads.map(load => load.stop()))).flat()
    scene.saw(`${asked.length} requests, ${failed(asked).length} errors; ${caught} were at a target when it was killed`)
    assert.ok(caught > DEATHS, 'requests were in flight at the targets that were killed')
    assert.deepEqual(
      failed(asked).map(({ status, by }) => `${status} ${by}`),
      [],
    )
  },
)

scenario(
  {
    name: 'target killed, without retries',
    done: '64 connections to 3 targets; one is killed, and is back after 1.5 s',
    claimed: 'only requests that were at the target or on their way to it fail, and none when it comes back',
  },
  async scene => {
    const targets = await scene.targets(3, { kind: 'well', after: 20 })
    const { port } = await scene.gateway({
      app: {
        endpoints: targets.map(({ url }) => url),
        health: { path: '/healthz', interval: '200ms', timeout: '150ms', healthyAfter: 1, unhealthyAfter: 1 },
        outliers: { consecutiveErrors: 1, ejectFor: '30s' },
      },
    })
    const load = scene.load({ port, path: '/app', connections: 64, pauseMs: 5 })
    await sleep(500)
    const target = targets[0]!
    const caught = target.busy()
    const killedAt = performance.now()
    target.kill()
    await sleep(1500)
    await target.revive()
    const revivedAt = performance.now()
    await sleep(1000)
    const asked = await load.stop()
    const errors = failed(asked)
    const later = sentWithin(errors, killedAt)
    scene.saw(
      `${asked.length} requests, ${caught} at the target when it was killed; ${tally(errors)}, ${later.length} of them sent later`,
    )
    assert.ok(caught > 0)
    assert.ok(errors.length >= caught && errors.length <= caught + ON_THE_WAY, `${errors.length} errors`)
    assert.equal(sentWithin(errors, killedAt + NOTICED_MS).length, 0)
    assert.ok(target.arrivals.some(({ at }) => at > revivedAt))
  },
)

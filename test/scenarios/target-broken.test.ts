import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { failed, failedShare, ms, percent, quantileMs, sentWithin, tally } from '../support/fleet-figures.ts'
import { scenario } from './scenario.ts'

const IDLE_MS = 400

scenario(
  {
    name: 'target resets connections',
    done: '64 connections to 3 targets; one resets each connection it accepts or has',
    claimed: 'no errors with retries; it is ejected',
  },
  async scene => {
    const targets = await scene.targets(3)
    const { port } = await scene.gateway({
      app: {
        endpoints: targets.map(({ url }) => url),
        outliers: { consecutiveErrors: 5, ejectFor: '30s' },
        retry: { attempts: 2, on: ['connect', 'reset'], backoff: '5ms..20ms' },
      },
    })
    const load = scene.load({ port, path: '/app', connections: 64, pauseMs: 5 })
    await sleep(400)
    const resetsAt = performance.now()
    targets[0]!.become({ kind: 'resetting' })
    await sleep(1500)
    const asked = await load.stop()
    const met = targets[0]!.arrivals.filter(({ at }) => at >= resetsAt)
    const lastMet = Math.max(resetsAt, ...met.map(({ at }) => at)) - resetsAt
    scene.saw(
      `${asked.length} requests, ${failed(asked).length} errors; ${met.length} met it, the last one after ${ms(lastMet)}`,
    )
    assert.equal(tally(failed(asked)), '')
    assert.ok(met.length > 0)
    assert.ok(lastMet < 1000, ms(lastMet))
  },
)

scenario(
  {
    name: 'target closes its port',
    done: '32 connections, then 64, to 3 targets; one keeps the connections it has and accepts no more, as before it stops',
    claimed: 'no errors with retries on connect alone, and connections that are open are used',
  },
  async scene => {
    const targets = await scene.targets(3)
    const { port } = await scene.gateway({
      app: {
        endpoints: targets.map(({ url }) => url),
        retry: { attempts: 2, on: ['connect'], backoff: '5ms..20ms' },
      },
    })
    const loads = [scene.load({ port, path: '/app', connections: 32, pauseMs: 5 })]
    await sleep(400)
    const closedAt = performance.now()
    targets[0]!.refuse()
    loads.push(scene.load({ port, path: '/app', connections: 32, pauseMs: 5, method: 'POST', body: 'x' }))
    await sleep(1500)
    const asked = (await Promise.all(loads.map(load => load.stop()))).flat()
    const still = targets[0]!.arrivals.filter(({ at }) => at >= closedAt).length
    scene.saw(`${asked.length} requests, ${failed(asked).length} errors; ${still} on connections that were open`)
    assert.equal(tally(failed(asked)), '')
    assert.ok(still > 0)
  },
)

scenario(
  {
    name: 'target stalls within answers',
    done: `300 requests a second to 3 targets; one sends all of its answers but the last byte; \`timeout.idle\` is ${IDLE_MS} ms`,
    claimed: 'what it began is cut off in bounded time, so that nobody takes it for whole; the rest is as before',
  },
  async scene => {
    const targets = await scene.targets(3)
    const { port } = await scene.gateway({
      app: { endpoints: targets.map(({ url }) => url), timeout: { idle: `${IDLE_MS}ms` } },
    })
    const load = scene.load({ port, path: '/app', connections: 200, perSecond: 300 })
    await sleep(500)
    const stallsAt = performance.now()
    targets[0]!.become({ kind: 'stalling' })
    await sleep(1500)
    const asked = sentWithin(await load.stop(), stallsAt)
    const cut = failed(asked)
    const longest = quantileMs(cut, 1)
    scene.saw(
      `${percent(failedShare(asked))} cut off, each within ${ms(longest)}; the others in ${ms(
        quantileMs(
          asked.filter(({ status }) => status === 200),
          0.99,
        ),
      )} (p99)`,
    )
    assert.ok(
      cut.every(({ status, by }) => status === 0 && by.startsWith('closed')),
      tally(cut),
    )
    assert.ok(failedShare(asked) > 0.25 && failedShare(asked) < 0.4)
    // One tick of 200 ms, and what other work on the machine adds.
    assert.ok(longest < IDLE_MS + 1000, ms(longest))
  },
)

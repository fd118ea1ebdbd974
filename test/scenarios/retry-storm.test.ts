import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { tally } from '../support/fleet-figures.ts'
import type { Asked } from '../support/fleet-load.ts'
import type { Arrival } from '../support/fleet-upstream.ts'
import { scenario } from './scenario.ts'

const ATTEMPTS = 3
const BUDGET = 0.2
/** `minRetries` is 3: from so many requests on it is the share that counts. */
const FROM_REQUESTS = 15

/** The largest ratio of what targets had got to what clients had sent by then. */
const worstRatio = (sent: readonly Asked[], arrivals: readonly Arrival[]): number => {
  const times = sent.map(({ at }) => at).sort((a, b) => a - b)
  let requests = 0
  let worst = 0
  for (const [i, { at }] of arrivals.entries()) {
    while (requests < times.length && times[requests]! <= at) requests++
    if (requests >= FROM_REQUESTS) worst = Math.max(worst, (i + 1) / requests)
  }
  return worst
}

scenario(
  {
    name: 'retry storm',
    done: `64 connections to each of two services whose 3 targets answer 503 to all; ${ATTEMPTS} attempts, one has a budget of ${BUDGET * 100} %`,
    claimed: `with the budget targets never get more than ${1 + BUDGET} × what clients sent, without it ${ATTEMPTS} ×`,
  },
  async scene => {
    const targets = await scene.targets(3, { kind: 'failing', share: 1, status: 503, after: 5 })
    const service = { endpoints: targets.map(({ url }) => url) }
    const retry = { attempts: ATTEMPTS, on: [503], backoff: '5ms..20ms' } as const
    const { port } = await scene.gateway({
      kept: { ...service, retry: { ...retry, budget: `${BUDGET * 100}%` } },
      storm: { ...service, retry },
    })
    const got = (path: string): readonly Arrival[] =>
      targets.flatMap(({ arrivals }) => arrivals.filter(arrival => arrival.path === path)).sort((a, b) => a.at - b.at)
    const of = async (path: string) => {
      const load = scene.load({ port, path, connections: 64, pauseMs: 20 })
      await sleep(2000)
      return { sent: await load.stop(), arrivals: got(path) }
    }
    const kept = await of('/kept')
    const storm = await of('/storm')
    const worst = worstRatio(kept.sent, kept.arrivals)
    const share = kept.arrivals.length / kept.sent.length
    const stormShare = storm.arrivals.length / storm.sent.length
    scene.saw(
      `with ${share.toFixed(3)} × (${kept.sent.length} requests; ${worst.toFixed(3)} × at worst), without ${stormShare.toFixed(3)} × (${storm.sent.length} requests)`,
    )
    assert.ok(worst <= 1 + BUDGET, `${worst} ×`)
    assert.ok(share > 1 + BUDGET / 2, 'the budget is used')
    assert.equal(storm.arrivals.length, ATTEMPTS * storm.sent.length)
    assert.match(tally(kept.sent), /^503 [ABC] × /)
  },
)

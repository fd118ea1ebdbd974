import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { failed, ms, quantileMs, tally } from '../support/fleet-figures.ts'
import type { FleetUpstream, Mood } from '../support/fleet-upstream.ts'
import { type Random, randomFrom } from '../support/random.ts'
import { scenario, WELL } from './scenario.ts'

const seed = Number(process.env['SCENARIO_SEED'] ?? 1 + Math.floor(Math.random() * 1e9))
const TROUBLE_MS = Number(process.env['SCENARIO_TROUBLE_MS'] ?? 4500)

const MOODS: readonly Mood[] = [
  { kind: 'resetting' },
  { kind: 'hanging' },
  { kind: 'failing', share: 0.7, status: 500, after: 5 },
]

/** For a while one target is in one kind of trouble. */
const trouble = async (target: FleetUpstream, random: Random): Promise<void> => {
  const kind = random.int(MOODS.length + 2)
  const mood = MOODS[kind]
  if (mood !== undefined) target.become(mood)
  else if (kind === MOODS.length) target.kill()
  else target.refuse()
  await sleep(100 + random.int(400))
  if (mood !== undefined) target.become(WELL)
  else await target.revive()
}

scenario(
  {
    name: 'all kinds of trouble',
    done: '64 connections (GET, and PUT with a body) to 4 targets; one after the other is killed, closed, resets, hangs or fails for up to 500 ms',
    claimed: 'no client sees an error',
  },
  async scene => {
    const random = randomFrom(seed)
    const targets = await scene.targets(4)
    const { port } = await scene.gateway({
      app: {
        endpoints: targets.map(({ url }) => url),
        balance: 'least-request',
        health: { path: '/healthz', interval: '300ms', timeout: '250ms', healthyAfter: 1, unhealthyAfter: 2 },
        outliers: { consecutiveErrors: 3, ejectFor: '500ms', failureRate: '30%', minRequests: 10, interval: '1s' },
        targetBreaker: { consecutiveFailures: 5, openFor: '300ms', window: '1s' },
        slowStart: '500ms',
        timeout: { head: '400ms' },
        retry: { attempts: 4, on: ['connect', 'reset', 'timeout', 500], backoff: '1ms..20ms', perTry: '300ms' },
      },
    })
    const loads = [
      scene.load({ port, path: '/app', connections: 32, pauseMs: 5 }),
      scene.load({ port, path: '/app', connections: 32, pauseMs: 5, method: 'PUT', body: 'x'.repeat(3000) }),
    ]
    let times = 0
    for (const until = performance.now() + TROUBLE_MS; performance.now() < until; times++) {
      await trouble(random.pick(targets), random)
      await sleep(random.int(200))
    }
    const asked = (await Promise.all(loads.map(load => load.stop()))).flat()
    scene.saw(
      `seed ${seed}: ${times} times trouble, ${asked.length} requests, ${failed(asked).length} errors, p99 ${ms(quantileMs(asked, 0.99))}`,
    )
    assert.equal(tally(failed(asked)), '')
  },
)

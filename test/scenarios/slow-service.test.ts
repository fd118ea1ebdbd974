import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { ms, quantileMs, sentWithin, tally } from '../support/fleet-figures.ts'
import type { Asked } from '../support/fleet-load.ts'
import { scenario } from './scenario.ts'

const HEAD_MS = 500
const WAIT_MS = 300
const MAX = 8
const QUEUE = 8
/** Timeouts are up to one tick of 200 ms late; there are two of them, and what other work on the machine adds. */
const LATE_MS = 600
const NOISE_MS = 40
const ROUNDS = 3
const ROUND_MS = 600
const WELL = { kind: 'well', after: 20 } as const

scenario(
  {
    name: 'one slow service of four',
    done: `100 requests a second to each of 4 services; one hangs, 3 times; \`connections: { max: ${MAX}, queue: ${QUEUE}, wait: ${WAIT_MS}ms }\`, \`timeout.head: ${HEAD_MS}ms\``,
    claimed:
      'p99 of the other three stays within 1.2 × of before; all at the slow one are answered with 503 OVERLOADED or 504 in bounded time',
  },
  async scene => {
    const targets = await scene.targets(4, WELL)
    const names = ['a', 'b', 'c', 'slow']
    const { port } = await scene.gateway(
      Object.fromEntries(
        names.map((name, i) => [
          name,
          {
            url: targets[i]!.url,
            connections: { max: MAX, queue: QUEUE, wait: `${WAIT_MS}ms` },
            timeout: { head: `${HEAD_MS}ms` },
          },
        ]),
      ),
    )
    const loads = names.map(name => scene.load({ port, path: `/${name}`, connections: 128, perSecond: 100 }))
    const slow = targets[3]!
    await sleep(300)
    const rounds: Round[] = []
    for (let round = 0; round < ROUNDS; round++) {
      slow.become(WELL)
      // What still hangs there ends first.
      if (round > 0) await sleep(HEAD_MS + 100)
      const wellAt = performance.now()
      await sleep(ROUND_MS)
      slow.become({ kind: 'hanging' })
      const slowAt = performance.now()
      await sleep(ROUND_MS)
      rounds.push({ wellAt, slowAt, endAt: performance.now() })
    }
    const asked = await Promise.all(loads.map(load => load.stop()))

    const others = asked.slice(0, 3)
    const p99 = (each: readonly Asked[], from: keyof Round, to: keyof Round): number =>
      median(rounds.map(round => quantileMs(sentWithin(each, round[from], round[to]), 0.99)))
    const compared = others.map(each => ({
      before: p99(each, 'wellAt', 'slowAt'),
      during: p99(each, 'slowAt', 'endAt'),
    }))
    const atSlow = rounds.flatMap(({ slowAt, endAt }) => sentWithin(asked[3]!, slowAt, endAt))
    const longest = quantileMs(atSlow, 1)
    scene.saw(
      `p99 of the others ${compared.map(({ before, during }) => `${ms(before)} → ${ms(during)}`).join(', ')} (median of ${ROUNDS} rounds); the slow one: ${tally(atSlow)}, each within ${ms(longest)}; its target had ${slow.busiest()} requests at most`,
    )
    for (const each of others) assert.equal(tally(each), `200 × ${each.length}`)
    for (const { before, during } of compared)
      assert.ok(during <= 1.2 * before + NOISE_MS, `${ms(before)} → ${ms(during)}`)
    assert.equal(atSlow.filter(({ status, by }) => EXPECTED[by] !== status).length, 0, tally(atSlow))
    for (const code of ['OVERLOADED', 'UPSTREAM_TIMEOUT'])
      assert.ok(
        atSlow.some(({ by }) => by === code),
        code,
      )
    assert.ok(longest <= WAIT_MS + HEAD_MS + LATE_MS, ms(longest))
    // One that is cut off is seen to be gone a little later than the next one comes.
    assert.ok(slow.busiest() <= 2 * MAX)
  },
)

/** ms of `performance.now()` */
interface Round {
  readonly wellAt: number
  readonly slowAt: number
  readonly endAt: number
}

const EXPECTED: Readonly<Record<string, number>> = {
  OVERLOADED: 503,
  UPSTREAM_TIMEOUT: 504,
  /** Waited until it was well. */ D: 200,
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

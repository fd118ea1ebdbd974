import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { ms, quantileMs, sentWithin, tally } from '../support/fleet-figures.ts'
import { scenario } from './scenario.ts'

const HEAD_MS = 500
const WAIT_MS = 300
const MAX = 16
const QUEUE = 48
/** Timeouts are up to one tick of 200 ms late; there are two of them, and what other work on the machine adds. */
const LATE_MS = 1000
const NOISE_MS = 25
/** Noise only adds, and not to every round: one must be as claimed, and a third or later is only played for that. */
const LEAST_ROUNDS = 2
const MOST_ROUNDS = 6
/** No more than the bound of one that is well, so that none of its requests waits for room. */
const CONNECTIONS = [MAX, MAX, MAX, 128]
const RATES = [100, 100, 100, 200]
const WELL_MS = 900
const SLOW_MS = 1200
const WELL = { kind: 'well', after: 20 } as const

scenario(
  {
    name: 'one slow service of four',
    done: `100 requests a second to each of 3 services, 200 to a fourth, which hangs for 1.2 s twice or more; each with \`connections: { max: ${MAX}, queue: ${QUEUE}, wait: ${WAIT_MS}ms }\`, \`timeout.head: ${HEAD_MS}ms\``,
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
    const loads = names.map((name, i) =>
      scene.load({ port, path: `/${name}`, connections: CONNECTIONS[i]!, perSecond: RATES[i]! }),
    )
    const slow = targets[3]!
    await sleep(500)
    const others = loads.slice(0, 3)
    const rounds: Round[] = []
    while (rounds.length < LEAST_ROUNDS || (rounds.length < MOST_ROUNDS && !rounds.some(holds))) {
      slow.become(WELL)
      // What still hangs there ends first.
      if (rounds.length > 0) await sleep(HEAD_MS + 100)
      const wellAt = performance.now()
      await sleep(WELL_MS)
      slow.become({ kind: 'hanging' })
      const slowAt = performance.now()
      await sleep(SLOW_MS)
      const endAt = performance.now()
      // Of the three together: whatever reaches one of them reaches a third of these.
      const p99 = (from: number, to: number): number =>
        quantileMs(
          others.flatMap(({ asked }) => sentWithin(asked, from, to)),
          0.99,
        )
      rounds.push({ slowAt, endAt, before: p99(wellAt, slowAt), during: p99(slowAt, endAt) })
    }
    const asked = await Promise.all(loads.map(load => load.stop()))
    const atSlow = rounds.flatMap(({ slowAt, endAt }) => sentWithin(asked[3]!, slowAt, endAt))
    const longest = quantileMs(atSlow, 1)
    scene.saw(
      `p99 of the others ${rounds.map(({ before, during }) => `${ms(before)} → ${ms(during)}`).join(', ')}; the slow one: ${tally(atSlow)}, each within ${ms(longest)}; its target had ${slow.busiest()} requests at most`,
    )
    for (const each of asked.slice(0, 3)) assert.equal(tally(each), `200 × ${each.length}`)
    assert.ok(rounds.some(holds))
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

/** Times in ms. */
interface Round {
  readonly slowAt: number
  readonly endAt: number
  /** p99 of the other services while the slow one is well, and while it hangs. */
  readonly before: number
  readonly during: number
}

const holds = ({ before, during }: Round): boolean => during <= 1.2 * before + NOISE_MS

const EXPECTED: Readonly<Record<string, number>> = {
  OVERLOADED: 503,
  UPSTREAM_TIMEOUT: 504,
  // Waited until it was well.
  D: 200,
}

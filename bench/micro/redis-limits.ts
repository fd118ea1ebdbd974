import type { LimitAsk, LimitOutcome, LimitRule } from '../../src/core/limits.ts'
import { Later } from '../../src/core/maybe.ts'
import { startRedis } from '../../test/support/redis.ts'
import { startStore, type TestStore } from '../../test/support/redis-gateways.ts'
import { usageOf } from '../proc.ts'

/**
 * Decisions a second of one worker with Redis on the same machine: 64 requests under way, 1,000 keys, one round trip
 * each. A server of its own is started and ended.
 */
const LANES = 64
const TIMES = 100_000
const ALGORITHMS = ['gcra', 'fixed-window', 'sliding-window'] as const

/** `steady`: each answer brings the next request, as clients do. `bursts`: 64 at once, when the last are all answered. */
const ARRIVALS = ['steady', 'bursts'] as const
type Arrivals = (typeof ARRIVALS)[number]

/** So many that all are admitted: each decision writes. */
const ruleOf = (algorithm: LimitRule['algorithm'], id: number): LimitRule => ({
  id: `bench/${algorithm}/${id}`,
  algorithm,
  count: 1_000_000,
  perMs: 60_000,
  burst: 1_000_000,
  onStoreFailure: 'deny',
})

const decide = (store: TestStore, rules: readonly LimitRule[], arrivals: Arrivals, times: number): Promise<void> =>
  new Promise((resolve, reject) => {
    let asked = 0
    let answered = 0
    const next = (): void => {
      if (asked === times) return
      const key = `user-${asked++ % 1_000}`
      const outcome = store.take(rules.map((rule): LimitAsk => ({ rule, mark: '', key, cost: 1 })))
      if (outcome instanceof Later) outcome.wait(receiver)
      else reject(new Error('Redis is away'))
    }
    const burst = (): void => {
      for (let lane = 0; lane < LANES; lane++) next()
    }
    const receiver = {
      onValue(outcome: LimitOutcome) {
        if (outcome.verdicts.length === 0) return reject(new Error('Redis is away'))
        if (++answered === times) resolve()
        else if (arrivals === 'steady') next()
        else if (answered === asked) burst()
      },
      onError: reject,
    }
    burst()
  })

const server = await startRedis()
const store = await startStore(server, { timeoutMs: 5_000 })

/** CPU so far in microseconds: of this process, and of the server. */
const cpu = () => {
  const of = ({ userUs, systemUs }: { userUs: number; systemUs: number }): number => userUs + systemUs
  return { worker: of(usageOf(process.pid)) - of(usageOf(server.pid)), server: of(usageOf(server.pid)) }
}

for (const arrivals of ARRIVALS) {
  for (const limits of [1, 2]) {
    for (const algorithm of ALGORITHMS) {
      const rules = Array.from({ length: limits }, (_, id) => ruleOf(algorithm, id))
      await decide(store, rules, arrivals, TIMES / 4)
      const [from, before] = [performance.now(), cpu()]
      await decide(store, rules, arrivals, TIMES)
      const [ms, after] = [performance.now() - from, cpu()]
      const each = (side: 'worker' | 'server'): string => ((after[side] - before[side]) / TIMES).toFixed(1)
      const rate = Math.round(TIMES / (ms / 1_000))
      console.log(
        `${arrivals}, ${algorithm}, ${limits} a request: ${rate} decisions/s; CPU each: worker ${each('worker')} µs, Redis ${each('server')} µs`,
      )
    }
  }
}
await store.close()
await server.stop()

import type { LimitAsk, LimitOutcome, LimitRule } from '../../src/core/limits.ts'
import { Later } from '../../src/core/maybe.ts'
import { startRedis } from '../../test/support/redis.ts'
import { startStore, type TestStore } from '../../test/support/redis-gateways.ts'

/**
 * Decisions a second of one worker with Redis on the same machine: 64 requests under way, 1,000 keys, one round trip
 * each. A server of its own is started and ended.
 */
const LANES = 64
const TIMES = 200_000
const ALGORITHMS = ['gcra', 'fixed-window', 'sliding-window'] as const

const ruleOf = (algorithm: LimitRule['algorithm'], id: number): LimitRule => ({
  id: `bench/${algorithm}/${id}`,
  algorithm,
  count: 100,
  perMs: 60_000,
  burst: 100,
  onStoreFailure: 'deny',
})

const decide = (store: TestStore, rules: readonly LimitRule[], times: number): Promise<number> =>
  new Promise((resolve, reject) => {
    let asked = 0
    let answered = 0
    const next = (): void => {
      if (asked === times) return
      const key = `user-${asked++ % 1_000}`
      const outcome = store.take(rules.map((rule): LimitAsk => ({ rule, key, cost: 1 })))
      if (outcome instanceof Later) outcome.wait(receiver)
      else reject(new Error('Redis is away'))
    }
    const receiver = {
      onValue(outcome: LimitOutcome) {
        if (outcome.verdicts.length === 0) return reject(new Error('Redis is away'))
        if (++answered === times) resolve(times)
        else next()
      },
      onError: reject,
    }
    for (let lane = 0; lane < LANES; lane++) next()
  })

const server = await startRedis()
const store = await startStore(server, { timeoutMs: 5_000 })
for (const limits of [1, 2]) {
  for (const algorithm of ALGORITHMS) {
    const rules = Array.from({ length: limits }, (_, id) => ruleOf(algorithm, id))
    await decide(store, rules, TIMES / 10)
    const [from, cpu] = [performance.now(), process.cpuUsage()]
    await decide(store, rules, TIMES)
    const { user, system } = process.cpuUsage(cpu)
    const rate = Math.round(TIMES / ((performance.now() - from) / 1_000))
    const microseconds = ((user + system) / TIMES).toFixed(1)
    console.log(`${algorithm}, ${limits} a request: ${rate} decisions/s, ${microseconds} µs CPU of the worker each`)
  }
}
await store.close()
await server.stop()

import { headersOf } from '../../src/base/headers.ts'
import { Exchange } from '../../src/core/exchange.ts'
import type { LimitStore, LimitVerdict } from '../../src/core/limits.ts'
import type { Policy } from '../../src/core/policy.ts'
import { Reply } from '../../src/core/reply.ts'
import { consumerMeter } from '../../src/policies/limits/limit-meter.ts'
import type { LimitWorld } from '../../src/policies/limits/limit-policies.ts'
import { identity, inFlight, limitedRoute, limitPolicies, perMinute } from '../../src/policies/testing/limits.ts'
import type { LimitSpec } from '../../src/spec/spec-policies.ts'
import { NO_METER } from '../../src/telemetry/meter.ts'
import { bench } from './loop.ts'

/** What limits cost per request besides the store: keys, asking, the answer's head, the end. */
let left = 100
const verdict = (allowed: boolean): LimitVerdict => ({
  allowed,
  remaining: left--,
  resetMs: left & 16383,
  retryMs: allowed ? 0 : 5000,
})

const store = (allowed: boolean): LimitStore => ({
  take(asks) {
    if (left < 0) left = 100
    const one = verdict(allowed)
    return { allowed, verdicts: asks.length === 1 ? [one] : [one, verdict(allowed)] }
  },
  charge() {},
})

const world = (allowed: boolean): LimitWorld => ({
  store: store(allowed),
  concurrency: { enter: () => 1, leave() {} },
  meter: NO_METER,
  consumers: consumerMeter(NO_METER, ['app']),
  params: [],
})

const headers = headersOf([['content-type', 'application/json']])
const v4 = Array.from({ length: 1000 }, (_, i) => `198.51.${i >> 8}.${i & 255}`)
const v6 = Array.from({ length: 1000 }, (_, i) => `2001:db8:0:${i.toString(16)}::1`)
const app = identity({ consumer: 'app' })

const run = (name: string, limits: readonly LimitSpec[], addresses: readonly string[], allowed = true) => {
  const { before, after } = limitPolicies(limitedRoute(limits), world(allowed))
  const phases = [before, after].filter((policy): policy is Policy => policy !== undefined)
  return bench(name, times => {
    let written = 0
    for (let i = 0; i < times; i++) {
      const x = new Exchange()
      x.clientAddress = addresses[i % 1000]!
      x.identity = app
      let reply: Reply | undefined
      for (const phase of phases) {
        const answer = phase.gate!(x)
        if (answer instanceof Reply) reply = answer
      }
      reply ??= new Reply(200, headers)
      for (const phase of phases) phase.shape?.(x, reply)
      for (const phase of phases) phase.tap?.(x, reply)
      written += reply.edits === null ? 0 : reply.edits.lines.length
    }
    return written
  })
}

const byConsumer = { by: [{ kind: 'consumer' }] } as const

await bench('the loop itself: an exchange, a reply, an answer of the store', times => {
  const { take } = store(true)
  let n = 0
  for (let i = 0; i < times; i++) {
    const x = new Exchange()
    x.clientAddress = v4[i % 1000]!
    n += new Reply(200, headers).status + ('then' in take([]) ? 1 : 0)
  }
  return n
})
await run('one limit by ip, IPv4', [perMinute(100)], v4)
await run('one limit by ip, IPv6', [perMinute(100)], v6)
await run('one limit by consumer', [perMinute(100, byConsumer)], v4)
await run('one limit by consumer, no headers', [perMinute(100, { ...byConsumer, headers: 'off' })], v4)
await run('one limit by ip, both forms of headers', [perMinute(100, { headers: 'both' })], v4)
await run('two limits, one in each phase', [perMinute(100), perMinute(100, { name: 'own', ...byConsumer })], v4)
await run('in flight', [inFlight(10)], v4)
await run('refused', [perMinute(100)], v4, false)

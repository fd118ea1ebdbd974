import type { LimitAsk, LimitRule } from '../../src/core/limits.ts'
import { concurrencyStore, createLeaseMemory } from '../../src/store/lease-store.ts'
import { createLimitMemory } from '../../src/store/limits/limit-memory.ts'
import { localLimitStore } from '../../src/store/limits/limit-store.ts'
import { createRevocationMemory, revocationsOf, revocationWriter } from '../../src/store/revocations.ts'
import { hashStart, hashText, randomHashKey } from '../../src/store/text-hash.ts'
import { bench } from './loop.ts'

/** What a decision of the limits in shared memory costs: by algorithm, refused, several at once, among a million keys. */
const clock = { now: () => performance.now(), wall: () => Date.now() }
const MILLION = 1_000_000
const memory = createLimitMemory(MILLION, clock.wall())
const store = localLimitStore(memory, clock)

const rule = (algorithm: LimitRule['algorithm'], count: number): LimitRule => ({
  id: `bench/${algorithm}/${count}`,
  algorithm,
  count,
  perMs: 60_000,
  burst: count,
  onStoreFailure: 'local',
})
const asksOf = (limit: LimitRule, keys: number): LimitAsk[][] =>
  Array.from({ length: keys }, (_, i) => [{ rule: limit, mark: 'a:', key: `192.0.${i >> 8}.${i & 255}`, cost: 1 }])

const start = hashStart(randomHashKey(), 'bench')
const digest = { first: 0, second: 0 }
const texts = Array.from({ length: 1024 }, (_, i) => `192.0.${i >> 8}.${i & 255}`)
await bench('hash of an address', times => {
  for (let i = 0; i < times; i++) hashText(start, texts[i & 1023]!, digest)
  return digest.first
})

const take = (asks: readonly (readonly LimitAsk[])[]) => (times: number) => {
  let admitted = 0
  // In order: the asks are the bench's own, and the hash strews them over the table anyhow.
  for (let i = 0, at = 0; i < times; i++) {
    const outcome = store.take(asks[at]!)
    if (++at === asks.length) at = 0
    if ('allowed' in outcome && outcome.allowed) admitted++
  }
  return admitted
}

const PLENTY = 10_000_000
for (const algorithm of ['gcra', 'fixed-window', 'sliding-window'] as const)
  await bench(`${algorithm}: admitted, 1,000 keys`, take(asksOf(rule(algorithm, PLENTY), 1000)))
for (const algorithm of ['gcra', 'fixed-window', 'sliding-window'] as const)
  await bench(`${algorithm}: refused, 1,000 keys`, take(asksOf(rule(algorithm, 1), 1000)))

const three = [rule('gcra', PLENTY), rule('gcra', PLENTY + 1), rule('fixed-window', PLENTY)]
await bench(
  'three limits of a request, admitted',
  take(texts.map(key => three.map(limit => ({ rule: limit, mark: '', key, cost: 1 })))),
)

const many = asksOf(rule('gcra', PLENTY), MILLION)
await bench('gcra: admitted, 1,000,000 keys', take(many))

let fresh = 0
const limit = rule('gcra', 100)
await bench('gcra: a key never seen, table full of others', times => {
  for (let i = 0; i < times; i++) store.take([{ rule: limit, mark: 'a:', key: `new-${fresh++}`, cost: 1 }])
  return fresh
})
const leases = concurrencyStore(createLeaseMemory(4, 65_536), 0)
const inFlight = { id: 'bench', max: 10 }
await bench('in flight: enter and leave, 4 workers, 1,024 keys', times => {
  for (let i = 0; i < times; i++) leases.leave(leases.enter(inFlight, texts[i & 1023]!))
})

const revoked = createRevocationMemory()
const revocations = revocationsOf(revoked)
const lookUp = (times: number): number => {
  let found = 0
  for (let i = 0; i < times; i++) if (revocations.isRevoked('jti', texts[i & 1023]!)) found++
  return found
}
await bench('revoked? an empty list', lookUp)
const writer = revocationWriter(revoked, clock)
for (let i = 0; i < 10_000; i++) writer.revoke('jti', `other ${i}`, Number.POSITIVE_INFINITY)
await bench('revoked? no, 10,000 others are', lookUp)

console.log(
  `${(memory.table.byteLength / MILLION).toFixed(1)} bytes a key; ${(memory.table.byteLength / 1e6).toFixed(1)} MB for a million`,
)

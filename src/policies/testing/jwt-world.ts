import { headersOf } from '../../base/headers.ts'
import { type FakeClock, fakeClock } from '../../base/testing.ts'
import { Exchange } from '../../core/exchange.ts'
import type { Identity } from '../../core/identity.ts'
import type { KeySets } from '../../core/key-sets.ts'
import type { RevocationKind, Revocations } from '../../core/revocations.ts'
import type { ConsumerSpec, JwkSpec, JwtKeysSpec, JwtSpec } from '../../spec/spec-auth.ts'
import { jwtSpec as defaultJwtSpec, REMOTE } from '../../spec/testing.ts'
import { jwtWay } from '../jwt/jwt-way.ts'
import { type AuthWorld, isRejection, type Rejection, type Way } from '../way.ts'
import { SECRET } from './jwt-sign.ts'

/** Nothing is asked for but a good signature. */
export const jwtSpec = (given: Partial<JwtSpec> = {}): JwtSpec =>
  defaultJwtSpec({ realm: 'api', keys: SECRET_KEYS, requireExpiry: false, ...given })

export const SECRET_KEYS: JwtKeysSpec = { kind: 'secret', secret: SECRET.toString('base64url') }

export const REMOTE_KEYS: JwtKeysSpec = { kind: 'remote', ...REMOTE }

/** A list of revocations that the test writes, and that counts how often it is asked. */
export interface FakeRevocations extends Revocations {
  asked: number
  revoke(kind: RevocationKind, value: string): void
}

export const fakeRevocations = (): FakeRevocations => {
  const revoked = new Set<string>()
  let version = 1
  return {
    asked: 0,
    version: () => version,
    isRevoked(kind, value) {
      this.asked++
      return revoked.has(`${kind} ${value}`)
    },
    revoke: (kind, value) => {
      version++
      revoked.add(`${kind} ${value}`)
    },
  }
}

/** Key sets that the test hands out: `set` now, or whatever `onRefresh` does when a way asks. */
export interface FakeKeySets extends KeySets {
  refreshes: number
  watchers: number
  onRefresh: () => void | Promise<void>
  set(keys: readonly JwkSpec[]): void
}

export const fakeKeySets = (): FakeKeySets => {
  const told = new Set<(keys: readonly JwkSpec[]) => void>()
  let current: readonly JwkSpec[] | null = null
  return {
    refreshes: 0,
    get watchers() {
      return told.size
    },
    onRefresh: () => {},
    set: keys => {
      current = keys
      for (const tell of told) tell(keys)
    },
    watch: (_source, onKeys) => {
      told.add(onKeys)
      if (current !== null) onKeys(current)
      return () => void told.delete(onKeys)
    },
    async refresh() {
      this.refreshes++
      await this.onRefresh()
    },
  }
}

export interface JwtWorld extends AuthWorld {
  readonly clock: FakeClock
  readonly keySets: FakeKeySets
  readonly revocations: FakeRevocations
}

/** A round number of seconds since the epoch. */
export const NOW = 1_700_000_000

export const jwtWorld = (): JwtWorld => ({
  clock: fakeClock(NOW * 1000),
  log: { info() {}, warn() {}, error() {} },
  meter: {
    counter: () => ({ add() {} }),
    gauge: () => ({ add() {}, total: () => 0 }),
    histogram: () => ({ observe() {} }),
  },
  keySets: fakeKeySets(),
  revocations: fakeRevocations(),
  directory: null,
})

export const exchangeWith = (...fields: [name: string, value: string][]): Exchange => {
  const x = new Exchange()
  x.headers = headersOf(fields)
  return x
}

export const bearing = (token: string): Exchange => exchangeWith(['authorization', `Bearer ${token}`])

/** A way and its world; what a token gets is an identity or the reason why not. */
export interface Bench {
  readonly way: Way
  readonly world: JwtWorld
  ask(token: string): Promise<Identity | string>
}

export const benchOf = (given: Partial<JwtSpec> = {}, consumers: readonly ConsumerSpec[] = []): Bench => {
  const world = jwtWorld()
  const way = jwtWay(jwtSpec(given), consumers, world)
  return { way, world, ask: async token => outcome(await way.check(bearing(token))) }
}

export const outcome = (result: Identity | Rejection | null): Identity | string => {
  if (result === null) return 'nothing'
  if (!isRejection(result)) return result
  return result.error === 'invalid_token' ? result.detail : `${result.error}: ${result.detail}`
}

import { randomUUID } from 'node:crypto'
import type { Clock, Log } from '../../core/ports.ts'
import type { RevocationKind } from '../../core/revocations.ts'
import { isRevocable, revokedMember } from './redis-changes.ts'
import { epochKey, redisEpoch } from './redis-epoch.ts'
import { REINSTATE_SCRIPT, REVOKE_SCRIPT } from './redis-main-scripts.ts'
import type { RedisRevocations, Untold } from './redis-revocations.ts'
import { revokedPages } from './redis-revoked-pages.ts'
import type { RedisSession } from './redis-session.ts'
import { sometimes } from './redis-sometimes.ts'

export interface RedisToldOptions {
  readonly commands: Pick<RedisSession, 'ask'>
  readonly list: RedisRevocations
  readonly prefix: string
  readonly log: Log
  readonly clock: Clock
}

/** Keeps the list here and the one in Redis the same, whichever of the two knows more. All reject when Redis is away. */
export interface RedisTold {
  revoke(kind: RevocationKind, value: string, until: number): Promise<void>
  reinstate(kind: RevocationKind, value: string): Promise<void>
  /** Takes over what is in Redis, and brings there what is in force here only. */
  read(): Promise<void>
  /** True: Redis has forgotten something, and is to be read. */
  look(): Promise<boolean>
}

/** In one script: Redis is not busy for longer than it takes to answer some limits. */
const TOLD_AT_ONCE = 100
const BETWEEN_LINES_MS = 60_000

export const redisTold = ({ commands, list, prefix, log, clock }: RedisToldOptions): RedisTold => {
  const revoked = `${prefix}revoked`
  const epoch = redisEpoch({ commands, prefix, name: randomUUID })
  const sayLost = sometimes(clock, BETWEEN_LINES_MS)

  const look = async (): Promise<boolean> => {
    if (!(await epoch.look())) return false
    if (list.size > 0) sayLost(() => log.warn('Redis has lost revocations; those that are known here are brought back'))
    list.distrust()
    return true
  }
  /** Looked at before and after: what is missing in between is not what was taken back. */
  async function* pages(): ReturnType<typeof revokedPages> {
    await look()
    yield* revokedPages(commands, revoked)
    await look()
  }
  const tell = async (script: string, args: readonly string[]): Promise<void> =>
    epoch.changed(await commands.ask(['EVAL', script, '2', revoked, epochKey(prefix), `${prefix}changes`, ...args]))
  const bring = async (untold: readonly Untold[]): Promise<void> => {
    for (let at = 0; at < untold.length; at += TOLD_AT_ONCE) {
      const some = untold.slice(at, at + TOLD_AT_ONCE)
      await tell(REVOKE_SCRIPT, ['new', ...some.flatMap(orderOf)])
      list.told(some)
    }
  }
  return {
    look,
    async read() {
      if (await list.reload(pages())) await bring(list.untold())
    },
    async revoke(kind, value, until) {
      if (!isRevocable(value)) throw new RangeError('What is revoked must be a text of at most 2048 characters.')
      if (!(until > 0)) throw new RangeError('A revocation needs the time at which it ends, in ms since the epoch.')
      const order = { member: revokedMember(kind, value), kind, value, until }
      list.revokedHere(kind, value, until)
      await tell(REVOKE_SCRIPT, ['all', ...orderOf(order)])
      list.told([order])
    },
    async reinstate(kind, value) {
      list.reinstate(kind, value)
      const change = JSON.stringify({ type: 'reinstate', kind, value })
      await tell(REINSTATE_SCRIPT, [revokedMember(kind, value), change])
    },
  }
}

/** As `REVOKE_SCRIPT` takes it. */
const orderOf = ({ member, kind, value, until }: Untold): string[] => {
  const end = Number.isFinite(until) ? Math.ceil(until) : null
  return [end === null ? '+inf' : String(end), member, JSON.stringify({ type: 'revoke', kind, value, until: end })]
}

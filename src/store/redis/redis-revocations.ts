import type { RevocationKind } from '../../core/revocations.ts'
import type { RevocationWriter } from '../revocations.ts'
import { parseRevokedMember, revokedMember } from './redis-changes.ts'

/** The list that workers read. */
export type RevocationList = Pick<RevocationWriter, 'revoke' | 'reinstate'>

export interface RedisRevocations {
  revoke(kind: RevocationKind, value: string, until: number): void
  reinstate(kind: RevocationKind, value: string): void
  /** It is in force here, and not in Redis: away when it was told. */
  revokedHere(kind: RevocationKind, value: string, until: number): void
  /** Redis has forgotten something: what is known here counts, and what the next reload does not find is to be brought. */
  distrust(): void
  /**
   * Takes over the whole list as it is in Redis, page by page; a later call ends an earlier one, which then resolves to
   * false.
   */
  reload(pages: AsyncIterable<readonly (readonly [member: string, until: number])[]>): Promise<boolean>
  /** What Redis does not have and has to be told; until it says so itself, by a message or a page. */
  untold(): readonly Untold[]
  /** Redis has it now. */
  told(all: readonly Untold[]): void
  /** Forgets what has expired. */
  expire(): void
  readonly size: number
}

export interface Untold {
  readonly member: string
  readonly kind: RevocationKind
  readonly value: string
  readonly until: number
}

interface Known {
  readonly until: number
  /** The reload that saw it last; `NOT_THERE`: Redis does not have it. */
  seen: number
}

const NOT_THERE = -1

/**
 * Keeps the workers' list equal to the one in Redis: remembers what came from there, so that a reload can take back what
 * is there no more, and what Redis was not told or has forgotten, so that it is brought there.
 */
export const redisRevocations = (writer: RevocationList, wall: () => number, onFull: () => void): RedisRevocations => {
  const known = new Map<string, Known>()
  /** Reinstated while a reload is under way: a page read before that may still name it. */
  let reinstated: Set<string> | null = null
  let round = 0

  const revoke = (kind: RevocationKind, value: string, until: number): void => {
    if (until <= wall()) return
    const member = revokedMember(kind, value)
    if (!writer.revoke(kind, value, until)) return onFull()
    known.set(member, { until: Math.max(until, known.get(member)?.until ?? 0), seen: round })
  }
  const reinstate = (kind: RevocationKind, value: string): void => {
    const member = revokedMember(kind, value)
    known.delete(member)
    reinstated?.add(member)
    writer.reinstate(kind, value)
  }
  const forget = (member: string): void => {
    known.delete(member)
    const name = parseRevokedMember(member)
    if (name !== null) writer.reinstate(name.kind, name.value)
  }
  return {
    revoke,
    reinstate,
    revokedHere(kind, value, until) {
      const member = revokedMember(kind, value)
      known.set(member, { until: Math.max(until, known.get(member)?.until ?? 0), seen: NOT_THERE })
    },
    distrust() {
      for (const each of known.values()) each.seen = NOT_THERE
    },
    async reload(pages) {
      const own = ++round
      const skip = new Set<string>()
      reinstated = skip
      for await (const page of pages) {
        if (own !== round) return false
        for (const [member, until] of page) {
          const name = skip.has(member) ? null : parseRevokedMember(member)
          if (name !== null) revoke(name.kind, name.value, until)
        }
      }
      if (own !== round) return false
      reinstated = null
      for (const [member, { seen }] of known) if (seen !== own && seen !== NOT_THERE) forget(member)
      return true
    },
    untold() {
      const now = wall()
      const all: Untold[] = []
      for (const [member, { until, seen }] of known) {
        const name = seen === NOT_THERE && until > now ? parseRevokedMember(member) : null
        if (name !== null) all.push({ member, ...name, until })
      }
      return all
    },
    told(all) {
      for (const { member, until } of all) {
        const each = known.get(member)
        if (each?.seen === NOT_THERE && each.until <= until) each.seen = round
      }
    },
    expire() {
      const now = wall()
      for (const [member, { until }] of known) if (until <= now) known.delete(member)
    },
    get size() {
      return known.size
    },
  }
}

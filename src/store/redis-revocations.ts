import type { RevocationKind } from '../core/revocations.ts'
import { parseRevokedMember, revokedMember } from './redis-changes.ts'
import type { RevocationWriter } from './revocations.ts'

/** The list that workers read. */
export type RevocationList = Pick<RevocationWriter, 'revoke' | 'reinstate'>

export interface RedisRevocations {
  revoke(kind: RevocationKind, value: string, until: number): void
  reinstate(kind: RevocationKind, value: string): void
  /** Takes over the whole list as it is in Redis, page by page; a later call ends an earlier one. */
  reload(pages: AsyncIterable<readonly (readonly [member: string, until: number])[]>): Promise<void>
  /** Forgets what has expired. */
  expire(): void
  readonly size: number
}

interface Known {
  readonly until: number
  /** The reload that saw it last. */
  seen: number
}

/**
 * Keeps the workers' list equal to the one in Redis: remembers what came from there, so that a reload can take back what
 * is there no more, and leaves alone what was revoked on this machine only, while Redis was away.
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
    known.set(member, { until, seen: round })
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
    async reload(pages) {
      const own = ++round
      const skip = new Set<string>()
      reinstated = skip
      for await (const page of pages) {
        if (own !== round) return
        for (const [member, until] of page) {
          const name = skip.has(member) ? null : parseRevokedMember(member)
          if (name !== null) revoke(name.kind, name.value, until)
        }
      }
      if (own !== round) return
      reinstated = null
      for (const [member, { seen }] of known) if (seen !== own) forget(member)
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

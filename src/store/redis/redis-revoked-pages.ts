import type { RedisSession } from './redis-session.ts'

const PAGE = 1_000

/**
 * The sorted set of revocations, page by page. ZSCAN, and not ranges: whatever is in the set from beginning to end is
 * named, however it changes meanwhile. Rejects when Redis is away or something else lies there.
 */
export async function* revokedPages(
  session: Pick<RedisSession, 'ask'>,
  key: string,
): AsyncGenerator<readonly (readonly [member: string, until: number])[]> {
  let cursor = '0'
  do {
    const reply = await session.ask(['ZSCAN', key, cursor, 'COUNT', String(PAGE)])
    const page = pageOf(reply)
    if (page === null) throw new Error('not the answer to ZSCAN')
    yield page.members
    cursor = page.cursor
  } while (cursor !== '0')
}

const pageOf = (reply: unknown): { cursor: string; members: (readonly [string, number])[] } | null => {
  if (!Array.isArray(reply)) return null
  const [cursor, flat]: unknown[] = reply
  if (typeof cursor !== 'string' || !Array.isArray(flat)) return null
  const members: (readonly [string, number])[] = []
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const [member, score]: unknown[] = [flat[at], flat[at + 1]]
    if (typeof member !== 'string' || typeof score !== 'string') return null
    members.push([member, score === 'inf' ? Number.POSITIVE_INFINITY : Number(score)])
  }
  return { cursor, members }
}

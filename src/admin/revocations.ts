import type { RevocationKind } from '../core/revocations.ts'
import { parseDuration } from '../spec/units.ts'
import { type Answer, json, problem } from './answer.ts'
import { parseObject } from './json-object.ts'

/** What is to be believed no more, or again. */
export interface RevocationOrder {
  readonly kind: RevocationKind
  readonly value: string
  /** Milliseconds since the epoch; Infinity: for good. */
  readonly until: number
}

export interface RevocationsAdmin {
  /** How many are in force. */
  count(): number
  /** Resolves when all workers know. Rejects with one sentence when it could not be done, or not everywhere. */
  revoke(order: RevocationOrder): Promise<void>
  reinstate(order: RevocationOrder): Promise<void>
}

const LONGEST_VALUE = 1024

/** `POST` revokes, `DELETE` takes that back, `GET` counts. */
export const answerRevocations = async (
  method: string,
  body: string,
  revocations: RevocationsAdmin,
  now: number,
): Promise<Answer> => {
  if (method === 'GET' || method === 'HEAD') return json({ count: revocations.count() })
  const order = readOrder(body, now)
  if (typeof order === 'string') return problem('BAD_REQUEST', order)
  try {
    if (method === 'DELETE') await revocations.reinstate(order)
    else await revocations.revoke(order)
  } catch (error) {
    return problem('OVERLOADED', error instanceof Error ? error.message : 'It could not be done.')
  }
  return json({ count: revocations.count() })
}

/** The order, or one sentence about what is wrong with it. */
const readOrder = (body: string, now: number): RevocationOrder | string => {
  const given = parseObject(body)
  if (given === undefined) return 'The body must be a JSON object.'
  const { jti, sub, key, until, for: lasting, ...unknown } = given
  const [extra] = Object.keys(unknown)
  if (extra !== undefined) return 'The members are one of "jti", "sub" and "key", and "until" or "for".'
  const named = Object.entries({ jti, sub, key }).filter(([, value]) => value !== undefined)
  const [kind, value] = named[0] ?? []
  if (named.length !== 1 || typeof value !== 'string' || value === '' || value.length > LONGEST_VALUE) {
    return 'Exactly one of "jti", "sub" and "key" must be given, as text.'
  }
  const end = endOf(until, lasting, now)
  if (end === undefined) return '"until" is a date and time to come, "for" a duration such as 12h; not both.'
  if (kind !== 'key') return { kind: kind === 'jti' ? 'jti' : 'sub', value, until: end }
  const hash = /^(?:sha256:)?([0-9a-f]{64})$/.exec(value)?.[1]
  return hash === undefined
    ? '"key" is the hash of the key, "sha256:" and 64 hex digits, not the key.'
    : { kind, value: hash, until: end }
}

const endOf = (until: unknown, lasting: unknown, now: number): number | undefined => {
  if (until !== undefined && lasting !== undefined) return undefined
  if (typeof until === 'string') {
    const end = Date.parse(until)
    return end > now ? end : undefined
  }
  if (typeof lasting === 'string') {
    const ms = parseDuration(lasting)
    return ms === undefined || ms === 0 ? undefined : now + ms
  }
  return until === undefined && lasting === undefined ? Number.POSITIVE_INFINITY : undefined
}

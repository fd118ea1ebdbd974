import type { RevocationKind } from '../../core/revocations.ts'

/** What is published on `<prefix>changes`, as JSON. */
export type RedisChange =
  /** `until`: ms since the epoch; null: for ever. */
  | { readonly type: 'revoke'; readonly kind: RevocationKind; readonly value: string; readonly until: number | null }
  | { readonly type: 'reinstate'; readonly kind: RevocationKind; readonly value: string }
  /** Keys in the directory changed. */
  | { readonly type: 'key' }

export const LONGEST_REVOKED = 2_048
/** What is revoked may be all escapes. */
const LONGEST_CHANGE = 6 * LONGEST_REVOKED + 1_024

/** Null when it is not such a change. */
export const parseChange = (text: string): RedisChange | null => {
  if (text.length > LONGEST_CHANGE) return null
  const value = parsed(text)
  if (typeof value !== 'object' || value === null || !('type' in value)) return null
  if (value.type === 'key') return { type: 'key' }
  if (!('kind' in value && 'value' in value) || !isKind(value.kind) || !isRevocable(value.value)) return null
  const named = { kind: value.kind, value: value.value }
  if (value.type === 'reinstate') return { type: 'reinstate', ...named }
  const until = 'until' in value ? value.until : undefined
  if (value.type !== 'revoke' || !(until === null || isTime(until))) return null
  return { type: 'revoke', ...named, until }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

export const isRevocable = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST_REVOKED

const isKind = (value: unknown): value is RevocationKind => value === 'jti' || value === 'sub' || value === 'key'
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value > 0

/** How it lies in the sorted set `<prefix>revoked`, where its score is `until`. */
export const revokedMember = (kind: RevocationKind, value: string): string => `${kind}:${value}`

/** Null when it is not one. */
export const parseRevokedMember = (member: string): { kind: RevocationKind; value: string } | null => {
  const colon = member.indexOf(':')
  const kind = member.slice(0, Math.max(0, colon))
  const value = member.slice(colon + 1)
  return isKind(kind) && isRevocable(value) ? { kind, value } : null
}

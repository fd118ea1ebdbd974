import type { DirectoryKey } from '../../core/revocations.ts'

const LONGEST_JSON = 16_384
const LONGEST_TEXT = 256
const MOST_LABELS = 256

/**
 * A key as it lies in Redis: `{"consumer":"mobile-app","roles":["reader"],"scopes":[],"tier":"gold","expiresAt":0,
 * "disabled":false}`. Only `consumer` must be there; what is misspelt or of the wrong type makes the whole key unusable,
 * since a `disabled` that is not understood must not let anybody in. Null when it is not such a text.
 */
export const parseDirectoryKey = (text: unknown): DirectoryKey | null => {
  if (typeof text !== 'string' || text.length > LONGEST_JSON) return null
  const members = membersOf(text)
  if (members === null) return null
  const { consumer, roles = [], scopes = [], tier = '', expiresAt = 0, disabled = false, ...unknown } = members
  if (!isName(consumer) || consumer === '' || !isName(tier)) return null
  if (!areLabels(roles) || !areLabels(scopes)) return null
  if (!isTime(expiresAt) || typeof disabled !== 'boolean' || Object.keys(unknown).length > 0) return null
  return { consumer, roles, scopes, tier, expiresAt, disabled }
}

const membersOf = (text: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

/** It is sent to services in a header, so it holds no control characters. */
const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= LONGEST_TEXT && !/[\x00-\x1f\x7f]/.test(value)

const areLabels = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= MOST_LABELS && value.every(each => isName(each) && each !== '')

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

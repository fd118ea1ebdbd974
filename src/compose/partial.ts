import type { BranchMissing } from './branch.ts'

/** A token (RFC 9651 §3.3.4). */
const TOKEN = /^[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*$/
/** What a string may hold (RFC 9651 §3.3.3). */
const PRINTABLE = /^[ -~]*$/

/** A name as an item of a list: a token where it can be one, else a string, else a display string (RFC 9651 §3.3.8). */
export const itemOf = (name: string): string => {
  if (TOKEN.test(name)) return name
  if (PRINTABLE.test(name)) return `"${name.replace(/["\\]/g, '\\$&')}"`
  return `%"${name.toWellFormed().replace(/[^ !#$&-~]/gu, escaped)}"`
}

const escaped = (character: string): string =>
  [...Buffer.from(character, 'utf8')].map(byte => '%' + byte.toString(16).padStart(2, '0')).join('')

/** One member of `Sallyport-Partial` (DESIGN §6). `item`: from `itemOf`. */
export const partialMember = (item: string, { reason, status, afterMs }: BranchMissing): string => {
  if (reason === 'timeout') return `${item};reason=timeout;after=${Math.round(afterMs)}`
  return reason === 'status' ? `${item};reason=status;status=${status}` : `${item};reason=${reason}`
}

import type { Reply } from '../core/reply.ts'

/** Of the values of the header `name` (lower case), edits included. */
export const valuesOf = (reply: Reply, name: string): readonly string[] => {
  const { edits, headers } = reply
  if (edits === null) return headers.all(name)
  const added = edits.added.flatMap(([each, value]) => (each === name ? [value] : []))
  return edits.removes(name) ? added : [...headers.all(name), ...added]
}

/** Charsets of which every text is UTF-8 as well. */
const UTF_8 = /^(?:utf-?8|us-ascii|ascii)$/i
const CHARSET = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;"]*))/i

/** Whether the content can be in UTF-8, by what its type says (RFC 9110 §8.3.1); where it says nothing, JSON is. */
export const mayBeUtf8 = (contentType: string | undefined): boolean => {
  if (contentType === undefined) return true
  const found = CHARSET.exec(contentType)
  return found === null || UTF_8.test(found[1] ?? found[2] ?? '')
}

/** Those that come without a body (RFC 9110 §15): their data is null. */
export const isBodiless = (status: number): boolean => status === 204 || status === 205 || status === 304

/** The fields that decide where a message ends and whether its connection goes on (RFC 9112 §6, §9). */

/**
 * A `Content-Length` value: digits only, at most 2^53 − 1; -1 when it is anything else (RFC 9110 §8.6). Leading zeros
 * are refused as well: some readers take them for octal.
 */
export const parseLength = (value: string): number => {
  const length = value.length
  if (length === 0 || length > 16 || (length > 1 && value.charCodeAt(0) === 48)) return -1
  let n = 0
  for (let i = 0; i < length; i++) {
    const digit = value.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    n = n * 10 + digit
  }
  return n <= Number.MAX_SAFE_INTEGER ? n : -1
}

/**
 * What a `Connection` field asks for; `others` are names of fields that end at this hop (RFC 9110 §7.6.1). Fields that
 * the message cannot do without are never among them.
 */
export interface ConnectionOptions {
  readonly close: boolean
  readonly keepAlive: boolean
  readonly upgrade: boolean
  readonly others: readonly string[]
}

/** Every field of a head is compared with each name: 16 KB of them took milliseconds. */
export const MOST_NAMED = 100

const NONE: ConnectionOptions = { close: false, keepAlive: false, upgrade: false, others: [] }
const CLOSE: ConnectionOptions = { ...NONE, close: true }
const KEEP_ALIVE: ConnectionOptions = { ...NONE, keepAlive: true }

export const parseConnection = (value: string): ConnectionOptions => {
  // The three spellings nearly every message uses.
  if (value === 'keep-alive' || value === 'Keep-Alive') return KEEP_ALIVE
  if (value === 'close') return CLOSE
  const options = { close: false, keepAlive: false, upgrade: false, others: [] as string[] }
  for (const part of value.toLowerCase().split(',')) {
    const token = part.trim()
    if (token === 'close') options.close = true
    else if (token === 'keep-alive') options.keepAlive = true
    else if (token === 'upgrade') options.upgrade = true
    else if (token !== '' && token !== 'content-length' && token !== 'host') options.others.push(token)
  }
  return options
}

export const mergeConnection = (a: ConnectionOptions | null, b: ConnectionOptions): ConnectionOptions =>
  a === null
    ? b
    : {
        close: a.close || b.close,
        keepAlive: a.keepAlive || b.keepAlive,
        upgrade: a.upgrade || b.upgrade,
        others: [...a.others, ...b.others],
      }

/**
 * Whether a `Transfer-Encoding` is `chunked` and nothing else. `line` is the field line from behind its name: a tab
 * anywhere in it is refused, as llhttp does, because parsers differ on it.
 */
export const isChunked = (value: string, line: string): boolean =>
  value.toLowerCase() === 'chunked' && !line.includes('\t')

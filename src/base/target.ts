import { normalizeEscapes } from './percent.ts'

/** What `//` and encoded slashes mean: kept, `//` merged into one, or either refused. */
export type Slashes = 'keep' | 'merge' | 'reject'

export const PLAIN = 0
/** Ends the path; from here on only the rules for a query hold. */
export const QUERY = 1
/** May need normalising: `%`, or `/` and `.` where they follow a `/`. */
export const ESCAPE = 2
export const SLASH = 3
export const DOT = 4
/** Refused in a path. */
export const BACKSLASH = 5
/** Refused everywhere. */
export const HASH = 6
/** Never part of a request target: controls, space, DEL, bytes outside ASCII. */
export const REFUSED = 7

/** What each byte of a request target is. */
export const KINDS = new Uint8Array(256).fill(REFUSED)
KINDS.fill(PLAIN, 0x21, 0x7f)
KINDS[0x25] = ESCAPE
KINDS[0x2e] = DOT
KINDS[0x2f] = SLASH
KINDS[0x3f] = QUERY
KINDS[0x5c] = BACKSLASH
KINDS[0x23] = HASH

/** Upper-case escapes of C0 controls and DEL. */
const ENCODED_CONTROL = /%(?:[01][0-9A-F]|7F)/

/**
 * `..;x` is a name like any other here, but `..` for servers that take path parameters off first (Tomcat, Jetty): they
 * would climb out of the route that was matched. No honest client sends it.
 */
const DOTS_WITH_PARAMETER = /\/\.{1,2}(?:;|%3B)/

const kindAt = (text: string, at: number): number => {
  const code = text.charCodeAt(at)
  return code > 0xff ? REFUSED : KINDS[code]!
}

/**
 * A request target in the one form that matching, access rules and forwarding use (DESIGN §4; RFC 3986 §6.2.2):
 * unreserved characters decoded, escapes in upper case, dot segments removed. `%2F`, `%5C` and `//` are kept and never
 * become separators. The query is not touched. One instance is reused for many requests.
 *
 * Most targets are normal already: they cost one scan, and nothing is copied.
 */
export class Target {
  path = ''
  /** With its `?`, or empty. */
  query = ''
  /** Why the last target was refused, for people; empty when it was not. */
  reason = ''

  /** False: the target is not acceptable (400), see `reason`. `raw` is in origin form: it starts with `/`. */
  set(raw: string, slashes: Slashes): boolean {
    this.reason = ''
    if (raw.charCodeAt(0) !== 0x2f) return this.#refuse('the target must start with "/"')
    let normal = true
    // What stands before the first character counts as plain.
    let before = PLAIN
    let at = 0
    for (; at < raw.length; at++) {
      const kind = kindAt(raw, at)
      if (kind !== PLAIN) {
        if (kind === QUERY) break
        if (kind >= BACKSLASH) return this.#refuse(refusal(raw.charCodeAt(at)))
        if (kind === ESCAPE || (before === SLASH && (kind === SLASH || kind === DOT))) normal = false
      }
      before = kind
    }
    if (!this.#setQuery(raw, at)) return false
    const path = at === raw.length ? raw : raw.slice(0, at)
    if (!normal) return this.#normalize(path, slashes)
    this.path = path
    return true
  }

  /** The same for a target that is known to be normal, with its query from `queryAt` on; -1: it has none. */
  setNormal(raw: string, queryAt: number): void {
    this.reason = ''
    this.path = queryAt < 0 ? raw : raw.slice(0, queryAt)
    this.query = queryAt < 0 ? '' : raw.slice(queryAt)
  }

  #setQuery(raw: string, from: number): boolean {
    for (let at = from; at < raw.length; at++) {
      if (kindAt(raw, at) >= HASH) return this.#refuse(refusal(raw.charCodeAt(at)))
    }
    this.query = from === raw.length ? '' : raw.slice(from)
    return true
  }

  #normalize(raw: string, slashes: Slashes): boolean {
    const decoded = normalizeEscapes(raw)
    if (decoded === undefined) return this.#refuse('"%" must be followed by two hex digits')
    // Upstreams written in C end their strings here; no honest client sends it.
    if (ENCODED_CONTROL.test(decoded)) return this.#refuse('the path contains an encoded control character')
    if (DOTS_WITH_PARAMETER.test(decoded)) return this.#refuse('the path contains a dot segment with a parameter')
    if (slashes === 'reject' && /\/\/|%2F|%5C/.test(decoded)) {
      return this.#refuse('the path contains "//" or an encoded slash')
    }
    this.path = removeDotSegments(slashes === 'merge' ? decoded.replace(/\/{2,}/g, '/') : decoded)
    return true
  }

  #refuse(reason: string): false {
    this.path = ''
    this.query = ''
    this.reason = reason
    return false
  }
}

const refusal = (code: number): string => {
  if (code === 0x23) return 'the target contains "#"'
  if (code === 0x5c) return 'the path contains a backslash'
  if (code === 0x20) return 'the target contains a space'
  return code >= 0x80 ? 'the target contains a byte outside ASCII' : 'the target contains a control character'
}

/** RFC 3986 §5.2.4, for paths that start with `/`: never climbs above the root. */
const removeDotSegments = (path: string): string => {
  if (!path.includes('/.')) return path
  const kept: string[] = []
  const segments = path.slice(1).split('/')
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  // A dot segment at the end leaves the slash before it.
  const last = segments.at(-1)
  if (last === '.' || last === '..') kept.push('')
  return '/' + kept.join('/')
}

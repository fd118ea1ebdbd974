/**
 * Field names the gateway itself looks at, interned as small integers so that the hot path compares numbers.
 * Id 0 is every other name. The order is not meaningful; ids are never stored outside the process.
 */
export const NAMES = [
  '',
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'expect',
  'http2-settings',
  'proxy-authenticate',
  'proxy-authorization',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-real-ip',
  'x-request-id',
  'via',
  'date',
  'server',
  'content-type',
  'cookie',
  'authorization',
  'user-agent',
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'referer',
  'origin',
  'traceparent',
  'tracestate',
  'set-cookie',
  'etag',
  'last-modified',
  'location',
  'vary',
  'x-consumer',
  'sec-websocket-key',
  'sec-websocket-version',
  'x-api-key',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'www-authenticate',
] as const

export type KnownName = Exclude<(typeof NAMES)[number], ''>

const ids = new Map<string, number>(NAMES.map((name, id) => [name, id]))

/** The id of a name in lower case; 0 when it is not interned. */
export const nameId = (name: string): number => ids.get(name) ?? 0

const idTable = <K extends KnownName>(...names: K[]): Readonly<Record<K, number>> =>
  Object.fromEntries(names.map(name => [name, ids.get(name)!])) as Record<K, number>

/** Ids as constants, e.g. `ID.host`. */
export const ID = idTable(...(NAMES.slice(1) as KnownName[]))

/** A read-only list of header fields in wire order. Names are compared in lower case. */
export interface HeaderView {
  readonly count: number
  /** Interned id of field `i`, 0 when unknown. */
  idAt(i: number): number
  /** As written by the sender. */
  nameAt(i: number): string
  /** Without surrounding white space. */
  valueAt(i: number): string
  /** First value of `name` (lower case), or undefined. */
  get(name: string): string | undefined
  /** All values of `name` (lower case), in order. */
  all(name: string): readonly string[]
  /**
   * Whoever wants to read the fields later than in this turn says so now: the table of a parsed head is used for the
   * next message otherwise. Absent where fields stay as they are.
   */
  keep?(): void
}

/** An immutable view over pairs made by the gateway itself, names in lower case. */
export const headersOf = (pairs: readonly (readonly [string, string])[]): HeaderView => ({
  count: pairs.length,
  idAt: i => nameId(pairs[i]?.[0] ?? ''),
  nameAt: i => pairs[i]?.[0] ?? '',
  valueAt: i => pairs[i]?.[1] ?? '',
  get: name => pairs.find(pair => pair[0] === name)?.[1],
  all: name => pairs.filter(pair => pair[0] === name).map(pair => pair[1]),
})

export const NO_HEADERS: HeaderView = headersOf([])

const NO_NAMES: readonly string[] = []

/**
 * Changes to a head that is otherwise passed on as it came: names to leave out and lines to add, applied when the head
 * is written. Names in lower case.
 */
export class HeaderEdits {
  /** Interned names of the original head that are not passed on, one bit an id; there are fewer than 64. */
  private removedLow = 0
  private removedHigh = 0
  /** Those that are not interned. Never changed in place: `apply` shares it. */
  private removedNames: readonly string[] = NO_NAMES
  private last: Added | null = null

  set(name: string, value: string): this {
    return this.remove(name).append(name, value)
  }

  append(name: string, value: string): this {
    return this.appendClean(name, cleanValue(value))
  }

  /** The same for a value that cannot hold anything but field content, e.g. because it was cleaned at load. */
  appendClean(name: string, value: string): this {
    return this.appendLine(name, `${name}: ${value}\r\n`)
  }

  /** The same for a whole line, CRLF included. */
  appendLine(name: string, line: string): this {
    this.last = { name, line, before: this.last }
    return this
  }

  remove(name: string): this {
    const id = nameId(name)
    if (id === 0) this.removedNames = [...this.removedNames, name]
    else if (id < 32) this.removedLow |= 1 << id
    else this.removedHigh |= 1 << (id - 32)
    if (this.has(name)) this.last = without(this.last, name)
    return this
  }

  /**
   * What `other` does is done after what this does. Lines made at load are shared, so this costs next to nothing for
   * edits that are the same for every message. `other` must not be changed afterwards.
   */
  apply(other: HeaderEdits): this {
    this.removedLow |= other.removedLow
    this.removedHigh |= other.removedHigh
    this.removedNames = joined(this.removedNames, other.removedNames)
    this.last = this.last === null ? other.last : behind(other.last, kept(this.last, other))
    return this
  }

  /** Whether the original field is left out; `name` in lower case. */
  removes(name: string): boolean {
    const id = nameId(name)
    return id === 0 ? this.removedNames.includes(name) : this.removesId(id)
  }

  /** The same for field `i` of a head; compares numbers where it can. */
  removesField(head: HeaderView, i: number): boolean {
    const id = head.idAt(i)
    if (id !== 0) return this.removesId(id)
    return this.removedNames.length > 0 && this.removedNames.includes(head.nameAt(i).toLowerCase())
  }

  private removesId(id: number): boolean {
    return ((id < 32 ? this.removedLow >>> id : this.removedHigh >>> (id - 32)) & 1) === 1
  }

  get(name: string): string | undefined {
    let value: string | undefined
    for (let each = this.last; each !== null; each = each.before) if (each.name === name) value = valueIn(each)
    return value
  }

  /** All values that are added, in order. */
  all(name: string): string[] {
    return this.added.flatMap(([added, value]) => (added === name ? [value] : []))
  }

  has(name: string): boolean {
    for (let each = this.last; each !== null; each = each.before) if (each.name === name) return true
    return false
  }

  /** What is added, as it is written. */
  get lines(): string {
    let lines = ''
    for (let each = this.last; each !== null; each = each.before) lines = each.line + lines
    return lines
  }

  /** What is added, in order. */
  get added(): [name: string, value: string][] {
    const added: [string, string][] = []
    for (let each = this.last; each !== null; each = each.before) added.unshift([each.name, valueIn(each)])
    return added
  }
}

/** A field to add, and those before it: most heads get one or two, for which an array would be several times as large. */
interface Added {
  readonly name: string
  /** As it is written, CRLF included. */
  readonly line: string
  readonly before: Added | null
}

const valueIn = ({ name, line }: Added): string => line.slice(name.length + 2, -2)

/** `added`, with `before` before it. */
const behind = (added: Added | null, before: Added | null): Added | null =>
  added === null ? before : { ...added, before: behind(added.before, before) }

/** What `edits` leaves of it. */
const kept = (added: Added | null, edits: HeaderEdits): Added | null => {
  if (added === null) return null
  const before = kept(added.before, edits)
  if (edits.removes(added.name)) return before
  return before === added.before ? added : { ...added, before }
}

const joined = (names: readonly string[], more: readonly string[]): readonly string[] => {
  if (more.length === 0) return names
  return names.length === 0 ? more : [...names, ...more]
}

const without = (added: Added | null, name: string): Added | null => {
  if (added === null) return null
  const before = without(added.before, name)
  return added.name === name ? before : { ...added, before }
}

/**
 * Control bytes, CR and LF above all, become spaces: a value can never start a new field (RFC 9110 §5.5). So does what
 * latin1 lacks, which would be cut to its lower byte on the wire: U+010A to a line feed.
 */
export const cleanValue = (value: string): string => (DIRTY.test(value) ? value.replace(ALL_DIRTY, ' ') : value)

const DIRTY = /[^\t\u0020-\u007e\u0080-\u00ff]/
const ALL_DIRTY = new RegExp(DIRTY, 'g')

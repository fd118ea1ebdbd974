/** A request as a careless server would understand it: bare LF ends lines, spelling hardly matters, junk is skipped. */
export interface LenientRequest {
  readonly method: string
  readonly target: string
  /** Request line and fields as received, line ends included. */
  readonly head: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
  readonly trailers: readonly (readonly [name: string, value: string])[]
  /** The bytes of the whole message as received. */
  readonly raw: Buffer
  header(name: string): string | undefined
}

interface LenientBody {
  readonly body: Buffer
  readonly trailers: readonly (readonly [name: string, value: string])[]
  readonly next: number
}

const fieldOf = (line: string): [string, string] => {
  const colon = line.indexOf(':')
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()]
}

/** Offset after the first empty line, or -1. */
const headEnd = (data: Buffer, from: number): number => {
  const crlf = data.indexOf('\r\n\r\n', from)
  const lf = data.indexOf('\n\n', from)
  const mixed = data.indexOf('\n\r\n', from)
  const ends = [crlf < 0 ? -1 : crlf + 4, lf < 0 ? -1 : lf + 2, mixed < 0 ? -1 : mixed + 3].filter(end => end >= 0)
  return ends.length === 0 ? -1 : Math.min(...ends)
}

const lineEnd = (data: Buffer, from: number): number => data.indexOf('\n', from)

const lenientChunks = (data: Buffer, from: number): LenientBody | null => {
  const parts: Buffer[] = []
  let at = from
  for (;;) {
    const eol = lineEnd(data, at)
    if (eol < 0) return null
    const size = Number.parseInt(data.toString('latin1', at, eol), 16)
    at = eol + 1
    if (!(size > 0)) break
    if (data.length < at + size + 1) return null
    parts.push(data.subarray(at, at + size))
    at += size
    if (data[at] === 13) at++
    if (at >= data.length) return null
    if (data[at] === 10) at++
  }
  const trailers: [string, string][] = []
  for (;;) {
    const eol = lineEnd(data, at)
    if (eol < 0) return null
    const line = data.toString('latin1', at, eol).trimEnd()
    at = eol + 1
    if (line === '') return { body: Buffer.concat(parts), trailers, next: at }
    trailers.push(fieldOf(line))
  }
}

const lenientBody = (
  data: Buffer,
  start: number,
  headers: readonly (readonly [string, string])[],
): LenientBody | null => {
  const value = (name: RegExp): string | undefined => headers.find(([key]) => name.test(key))?.[1]
  const coding = value(/^\s*transfer.encoding\s*$/i)
  if (coding !== undefined && /chunked/i.test(coding)) return lenientChunks(data, start)
  const length = Number.parseInt(value(/^\s*content.length\s*$/i) ?? '0', 10)
  const end = start + Math.max(length || 0, 0)
  return data.length < end ? null : { body: data.subarray(start, end), trailers: [], next: end }
}

/** The next request from `from` on, with the offset after it; null while it is not wholly there. */
export const readLenientRequest = (data: Buffer, from: number): { request: LenientRequest; next: number } | null => {
  let start = from
  while (data[start] === 13 || data[start] === 10) start++
  const end = headEnd(data, start)
  if (end < 0) return null
  const head = data.toString('latin1', start, end)
  const [line = '', ...lines] = head.trimEnd().split(/\r?\n/)
  const headers = lines.map(fieldOf)
  const read = lenientBody(data, end, headers)
  if (read === null) return null
  const [method = '', target = ''] = line.split(/[ \t]+/)
  const header = (name: string): string | undefined => headers.find(pair => pair[0].toLowerCase() === name)?.[1]
  const { body, trailers, next } = read
  return { request: { method, target, head, headers, body, trailers, raw: data.subarray(start, next), header }, next }
}

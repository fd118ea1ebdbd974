import { METHODS } from 'node:http'
import { createRequire } from 'node:module'
import { type Parsed, type ParsedMessage, trimmed } from './parsed.ts'

/**
 * The parser node:http uses, strict as it is by default. Internal to Node, so only tests touch it; through a real
 * `http.Server` a run would take some twenty times as long.
 */
interface NodeParser {
  initialize(type: number, resource: object, maxHeaderSize: number, lenient: number): void
  execute(data: Buffer): number | NodeParserError
  finish(): NodeParserError | undefined
  [callback: number]: unknown
}

interface NodeParserError extends Error {
  readonly code: string
  readonly reason: string
}

interface NodeParserClass {
  new (): NodeParser
  readonly REQUEST: number
  readonly RESPONSE: number
  readonly kOnHeaders: number
  readonly kOnHeadersComplete: number
  readonly kOnBody: number
  readonly kOnMessageComplete: number
  readonly kLenientNone: number
}

const { HTTPParser } = createRequire(import.meta.url)('_http_common') as { HTTPParser: NodeParserClass }

// The parser names methods by number, in an order that `METHODS` (sorted) does not tell: each is asked for once.
const methodNames = new Map<number, string>()
for (const name of METHODS) {
  const parser = new HTTPParser()
  parser.initialize(HTTPParser.REQUEST, {}, 1000, HTTPParser.kLenientNone)
  parser[HTTPParser.kOnHeadersComplete] = (_major: number, _minor: number, _flat: string[], method: number) => {
    methodNames.set(method, name)
    return 0
  }
  parser.execute(Buffer.from(`${name} ${name === 'CONNECT' ? 'h:1' : '/'} HTTP/1.1\r\n\r\n`))
}

const pairs = (flat: readonly string[]): string[] =>
  Array.from({ length: flat.length / 2 }, (_, i) => `${flat[2 * i]}: ${trimmed(flat[2 * i + 1]!)}`)

const parse = (data: Buffer, type: number, methods: readonly string[] = []): Parsed => {
  let answered = 0
  const parsed: Parsed = { messages: [], end: 'more', reason: '' }
  let current: ParsedMessage | undefined
  // After a message with trailers, or with many fields, fields and target come in pieces before the head is complete.
  let early: string[] = []
  let earlyUrl = ''
  const parser = new HTTPParser()
  parser.initialize(type, {}, 1 << 20, HTTPParser.kLenientNone)
  parser[HTTPParser.kOnHeaders] = (flat: string[], url: string) => {
    if (current === undefined) {
      early.push(...pairs(flat))
      earlyUrl += url
    } else current.trailers.push(...pairs(flat))
  }
  parser[HTTPParser.kOnHeadersComplete] = (
    major: number,
    minor: number,
    flat: string[] | undefined,
    method: number,
    url: string | undefined,
    status: number,
    _reason: string,
    upgrade: boolean,
    keepAlive: boolean,
  ) => {
    const version = `${major}.${minor}`
    const start =
      type === HTTPParser.REQUEST ? `${methodNames.get(method)} ${url ?? earlyUrl} ${version}` : `${version} ${status}`
    const fields = [...early, ...pairs(flat ?? [])]
    early = []
    earlyUrl = ''
    current = { start, fields, body: '', trailers: [], keepAlive, upgrade, complete: false }
    parsed.messages.push(current)
    const asked = status >= 200 ? methods[answered++] : ''
    // What node's client does for answers that have no body whatever their fields say: skip it.
    return asked === 'HEAD' || status < 200 || status === 204 || status === 304 ? 1 : 0
  }
  parser[HTTPParser.kOnBody] = (chunk: Buffer) => {
    if (current !== undefined) current.body += chunk.toString('latin1')
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    if (current !== undefined) current.complete = true
    current = undefined
  }
  const result = parser.execute(data)
  const last = parsed.messages.at(-1)
  if (typeof result === 'number') {
    if (last?.upgrade === true && result < data.length) parsed.end = 'upgrade'
  } else {
    // Bytes behind a message that said `Connection: close` are not part of any message.
    parsed.end = result.code === 'HPE_CLOSED_CONNECTION' ? 'closed' : 'error'
    parsed.reason = `${result.code} ${result.reason}`
  }
  return parsed
}

export const parseRequestsWithNode = (data: Buffer): Parsed => parse(data, HTTPParser.REQUEST)
/** `methods` of the requests that were answered, in order. */
export const parseResponsesWithNode = (data: Buffer, methods?: readonly string[]): Parsed =>
  parse(data, HTTPParser.RESPONSE, methods)

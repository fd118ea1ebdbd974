import { Fault } from '../base/errors.ts'
import { cleanValue, headersOf } from '../base/headers.ts'
import { Reply } from '../core/reply.ts'
import { RequestHead } from '../http1/request-parser.ts'

/**
 * A service that lives in the test: what it answers to each request. It may be asynchronous, wait for the clock, or never
 * answer. What it throws is a connection that breaks, and is said in the `detail` of the gateway's answer.
 */
export type FakeService = (request: FakeRequest) => FakeReply | Promise<FakeReply>

/** What the gateway sent. */
export interface FakeRequest {
  /** As the configuration calls the service. */
  readonly service: string
  /** URL of the target that was chosen, as the configuration has it. */
  readonly target: string
  readonly method: string
  /** With the query. */
  readonly path: string
  /** Names in lower case; repeated fields are joined with a comma. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  /** Aborted when the gateway gives this request up: a timeout, a client that left. */
  readonly signal: AbortSignal
  /** The body as UTF-8. */
  text(): string
  /** The body parsed; throws where it is no JSON. Typed by whoever asks. */
  json<T = unknown>(): T
}

export type FakeReply = FakeAnswer | FakeOutage

export interface FakeAnswer {
  /** 200 unless given. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | number | readonly string[] | undefined>>
  /** A text is sent as UTF-8. */
  readonly body?: string | Uint8Array
  /** In place of `body`: sent as `application/json` unless the headers say another. */
  readonly json?: unknown
}

/** `refused`: no connection comes about. `reset`: it breaks before the answer. */
export interface FakeOutage {
  readonly fails: 'refused' | 'reset'
}

/** The request a head and a body stand for. */
export const readFakeRequest = (
  text: string,
  body: Buffer,
  from: Pick<FakeRequest, 'service' | 'target' | 'signal'>,
): FakeRequest => {
  const bytes = Buffer.from(text, 'latin1')
  const head = new RequestHead()
  if (head.parse(bytes, 0, bytes.length, LIMITS) <= 0) throw new Error(`the gateway sent ${head.reason}`)
  const headers = new Map<string, string>()
  for (let i = 0; i < head.count; i++) {
    const name = head.nameAt(i).toLowerCase()
    const before = headers.get(name)
    headers.set(name, before === undefined ? head.valueAt(i) : `${before}, ${head.valueAt(i)}`)
  }
  return {
    ...from,
    method: head.method,
    path: head.target,
    headers: Object.fromEntries(headers),
    body,
    text: () => body.toString('utf8'),
    json: () => JSON.parse(body.toString('utf8')),
  }
}

/** Whatever the client could send, and what the gateway adds. */
const LIMITS = { headBytes: 1_048_576, fields: 20_000, targetBytes: 1_048_576 }

/** Throws a TypeError for what is no answer. */
export const replyOf = (answer: FakeAnswer): Reply => {
  if (typeof answer !== 'object' || answer === null || answer instanceof Response)
    throw new TypeError('an answer is an object with "status", "headers", "body" or "json"')
  const { status = 200, headers = {}, body, json } = answer
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new TypeError(`${status} is no status to answer`)
  if (json !== undefined && body !== undefined) throw new TypeError('an answer has either "body" or "json"')
  const content = json === undefined ? body : JSON.stringify(json)
  const fields = Object.entries(headers).flatMap(([name, value]) => fieldsOf(name.toLowerCase(), value))
  if (json !== undefined && !fields.some(([name]) => name === 'content-type'))
    fields.push(['content-type', 'application/json'])
  const bytes = content === undefined ? Buffer.alloc(0) : Buffer.from(content)
  return new Reply(status, headersOf(fields), status === 204 || status === 304 ? null : bytes)
}

/** How it is framed is not theirs to say. */
const FRAMING = new Set(['content-length', 'transfer-encoding', 'connection'])

const fieldsOf = (name: string, value: string | number | readonly string[] | undefined): [string, string][] => {
  if (value === undefined || FRAMING.has(name)) return []
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name of a header`)
  return (typeof value === 'object' ? value : [String(value)]).map(each => [name, cleanValue(each)])
}

/** What a service throws, as the client is told. */
export const brokeOff = (service: string, error: unknown): Fault => {
  const what = error instanceof Error ? error.message : String(error)
  return new Fault('UPSTREAM_CONNECT', `the service "${service}" of the test threw: ${what}`)
}

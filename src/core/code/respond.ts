import { headersOf } from '../../base/headers.ts'
import { jsonText } from '../../core/code/json-text.ts'
import { FRAMING } from '../../spec/checks/respond.ts'
import { Reply } from '../reply.ts'
import type { Answered } from './answered.ts'
import { fieldName, fieldValue } from './field.ts'

/** Known by name, so that two copies of this package do not hide it from each other. */
const RESPONDED: unique symbol = Symbol.for('sallyport.responded')

/** An answer that is more than JSON: made by `respond`, given by handlers and plugins. */
export interface Responded {
  readonly [RESPONDED]: true
  readonly status: number
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array | null
}

interface Head {
  /** 200 unless set. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
}

/** One body at most: JSON, text/plain in UTF-8, or as it is, with a `content-type` of its own. */
export type RespondOptions<Body = unknown> = Head &
  (
    | { readonly json?: Body & Answered<Body>; readonly text?: never; readonly body?: never }
    | { readonly text: string; readonly json?: never; readonly body?: never }
    | { readonly body: string | Uint8Array; readonly json?: never; readonly text?: never }
  )

/** The keys of `respond` in a configuration. Throws a TypeError where it is no answer. */
export const respond = <const Body = undefined>(options: RespondOptions<Body>): Responded => {
  const { status = 200, headers = {} } = options
  const fields = Object.entries(headers).flatMap(([name, values]) => fieldsOf(name, values))
  const { type, bytes } = bodyOf(options)
  if (type !== '' && !fields.some(([name]) => name === 'content-type')) fields.unshift(['content-type', type])
  return checked({ [RESPONDED]: true, status, headers: fields, body: bytes })
}

export const isResponded = (value: unknown): value is Responded =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, RESPONDED)

/**
 * What is sent of it. Throws a TypeError where it cannot be sent: an answer can be copied with other members
 * (`{ ...respond({ text }), headers }`), which nobody has looked at yet.
 */
export const replyOf = (answer: Responded): Reply => {
  const { status, headers, body } = checked(answer)
  return new Reply(status, headersOf(headers), body)
}

/** RFC 9110 §15.3.5, §15.3.6, §15.4.5. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

const checked = (answer: Responded): Responded => {
  const { status, headers, body } = answer
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new TypeError('"status" must be from 200 to 599')
  for (const [name, value] of headers) checkField(name, value)
  if (body === null) return answer
  if (!(body instanceof Uint8Array)) throw new TypeError('"body" must be made by respond')
  if (BODILESS.has(status)) throw new TypeError(`an answer with status ${status} has no body`)
  return answer
}

const checkField = (name: string, value: string): void => {
  const lower = fieldName(name)
  if (FRAMING.has(lower)) throw new TypeError(`header "${lower}" is set by the gateway`)
  fieldValue(lower, value)
}

const bodyOf = ({ json, text, body }: RespondOptions): { type: string; bytes: Uint8Array | null } => {
  if ([json, text, body].filter(each => each !== undefined).length > 1)
    throw new TypeError('only one of "json", "text" and "body" can be given')
  if (json !== undefined) return { type: 'application/json', bytes: Buffer.from(jsonText(json)) }
  if (text !== undefined) return { type: 'text/plain; charset=utf-8', bytes: Buffer.from(text) }
  return { type: '', bytes: body === undefined ? null : Buffer.from(body) }
}

const fieldsOf = (name: string, values: string | readonly string[]): [string, string][] => {
  const lower = fieldName(name)
  return (typeof values === 'string' ? [values] : [...values]).map(value => [lower, value])
}

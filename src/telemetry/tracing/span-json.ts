import { jsonString } from '../escape.ts'

/** `SpanKind` of OTLP. */
export const KIND = { internal: 1, server: 2, client: 3 } as const

export interface SpanFacts {
  readonly traceId: string
  readonly spanId: string
  /** Empty: it is the first of its trace. */
  readonly parentId: string
  /** Whether the parent is another process's. */
  readonly isParentRemote: boolean
  readonly flags: number
  readonly state: string
  readonly name: string
  readonly kind: number
  /** Ms since the epoch, fractional. */
  readonly startMs: number
  readonly endMs: number
  readonly isError: boolean
  readonly attributes: Attributes
}

/** What tells one span from the others of its request. */
export type SpanBody = Pick<SpanFacts, 'name' | 'kind' | 'isError' | 'attributes'>

const HAS_IS_REMOTE = 0x100
const IS_REMOTE = 0x200

/** One `Span` in the JSON encoding of OTLP: ids in hex, 64-bit numbers in quotes, no nulls. */
export const spanJson = (span: SpanFacts): string =>
  `{"traceId":"${span.traceId}","spanId":"${span.spanId}"` +
  (span.state === '' ? '' : `,"traceState":${jsonString(span.state)}`) +
  (span.parentId === '' ? '' : `,"parentSpanId":"${span.parentId}"`) +
  `,"flags":${span.flags | HAS_IS_REMOTE | (span.isParentRemote ? IS_REMOTE : 0)}` +
  `,"name":${text(span.name)},"kind":${span.kind}` +
  `,"startTimeUnixNano":"${nanos(span.startMs)}","endTimeUnixNano":"${nanos(Math.max(span.startMs, span.endMs))}"` +
  `,"attributes":[${span.attributes.json}]${span.isError ? ',"status":{"code":2}' : ''}}`

/** Half a surrogate pair would have a collector refuse all spans that are sent with it. */
const text = (value: string): string => jsonString(value.toWellFormed())

/** To the microsecond: in nanoseconds a double would not hold it. */
const nanos = (ms: number): string => `${Math.round(ms * 1000)}000`

/** A client must not choose how large a span gets. */
const LONGEST = 1024

/** A list of `KeyValue`, put together in the order of adding. Keys are our own. */
export class Attributes {
  json = ''

  /** Cut where it is too long; left out where it is empty. */
  text(key: string, value: string): this {
    if (value === '') return this
    const kept = value.length <= LONGEST ? value : `${value.slice(0, LONGEST)}...`
    return this.add(key, `{"stringValue":${text(kept)}}`)
  }

  /** A whole number; left out where it is 0. */
  number(key: string, value: number): this {
    return value === 0 ? this : this.add(key, `{"intValue":"${value}"}`)
  }

  private add(key: string, value: string): this {
    this.json += `${this.json === '' ? '' : ','}{"key":"${key}","value":${value}}`
    return this
  }
}

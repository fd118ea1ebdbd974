/** A span as a collector reads it, attributes as a map. */
export interface WrittenSpan {
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string
  readonly parentSpanId: string
  readonly flags: number
  readonly name: string
  readonly kind: number
  readonly startMs: number
  readonly endMs: number
  readonly isError: boolean
  readonly attributes: Readonly<Record<string, string | number>>
}

/** Checks what OTLP asks of one span on the way; throws where it is not as it must be. */
export const readSpan = (span: Readonly<Record<string, unknown>>): WrittenSpan => ({
  traceId: text(span, 'traceId', /^[0-9a-f]{32}$/),
  spanId: text(span, 'spanId', /^[0-9a-f]{16}$/),
  parentSpanId: text({ parentSpanId: '', ...span }, 'parentSpanId', /^([0-9a-f]{16})?$/),
  traceState: text({ traceState: '', ...span }, 'traceState', /^/),
  flags: Number(span['flags']),
  name: text(span, 'name', /./),
  kind: Number(span['kind']),
  startMs: Number(text(span, 'startTimeUnixNano', /^\d{1,19}$/)) / 1e6,
  endMs: Number(text(span, 'endTimeUnixNano', /^\d{1,19}$/)) / 1e6,
  isError: JSON.stringify(span['status']) === '{"code":2}',
  attributes: Object.fromEntries(listOf(span['attributes']).map(attributeOf)),
})

const text = (span: Readonly<Record<string, unknown>>, name: string, pattern: RegExp): string => {
  const value = span[name]
  if (typeof value !== 'string' || !pattern.test(value)) throw new Error(`${name} of a span: ${JSON.stringify(value)}`)
  return value
}

const listOf = (value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw new Error('a span without a list of attributes')
  return value
}

const attributeOf = (attribute: unknown): [string, string | number] => {
  const { key, value } = attribute as { key: string; value: { stringValue?: string; intValue?: string } }
  return [key, value.stringValue ?? Number(value.intValue)]
}

import { readSpan, type WrittenSpan } from '../../src/telemetry/tracing/testing.ts'
import { type Behaviour, type Seen, startTarget, type Target } from './resilience-target.ts'
import { until } from './until.ts'

/** A collector of OTLP over HTTP that keeps what it takes. */
export interface Collector {
  readonly target: Target
  /** As `otlp` in a configuration. */
  readonly url: string
  /** In the order they came. */
  spans(): readonly WrittenSpan[]
  /** Attributes of the resources, one for each request. */
  resources(): readonly Readonly<Record<string, string | number>>[]
  /** Those of one trace, once there are `count` of them. */
  trace(traceId: string, count: number): Promise<readonly WrittenSpan[]>
}

/** What collectors answer when they took everything. */
const taking: Behaviour = (_seen, response) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end('{"partialSuccess":{}}')

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly unknown[] }
    readonly scopeSpans: readonly { readonly spans: readonly Readonly<Record<string, unknown>>[] }[]
  }[]
}

/** Ends with the test. */
export const startCollector = async (t: { after(end: () => unknown): void }, port = 0): Promise<Collector> => {
  const target = await startTarget('collector', { behaviour: taking, port })
  t.after(() => target.close())
  const taken: Export[] = []
  const take: Behaviour = (seen, response) => {
    taken.push(exported(seen))
    taking(seen, response)
  }
  target.behave(take)
  const spans = (): readonly WrittenSpan[] =>
    taken.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(scope => scope.spans.map(readSpan))),
    )
  const of = (traceId: string): readonly WrittenSpan[] => spans().filter(span => span.traceId === traceId)
  return {
    target,
    url: target.url,
    spans,
    resources: () =>
      taken.flatMap(({ resourceSpans }) =>
        resourceSpans.map(({ resource }) => readSpan({ ...EMPTY, attributes: resource.attributes }).attributes),
      ),
    trace: async (traceId, count) => {
      await until(() => of(traceId).length >= count, `${count} spans of trace ${traceId}`)
      return of(traceId)
    },
  }
}

const EMPTY = {
  traceId: '0'.repeat(32),
  spanId: '0'.repeat(16),
  name: '-',
  startTimeUnixNano: '0',
  endTimeUnixNano: '0',
}

const exported = ({ method, path, headers, body }: Seen): Export => {
  if (method !== 'POST' || path !== '/v1/traces' || headers['content-type'] !== 'application/json')
    throw new Error(`not an export: ${method} ${path} ${headers['content-type']}`)
  return JSON.parse(Buffer.from(body, 'latin1').toString('utf8'))
}

/** Children stand below their parents: `[name, children]`, in the order in which they began. */
export interface SpanTree {
  readonly span: WrittenSpan
  readonly below: readonly SpanTree[]
}

/** The trees whose roots hang under `parentId`; empty: under nothing. */
export const treesOf = (spans: readonly WrittenSpan[], parentId = ''): readonly SpanTree[] =>
  spans
    .filter(span => span.parentSpanId === parentId)
    .sort((a, b) => a.startMs - b.startMs || a.name.localeCompare(b.name))
    .map(span => ({ span, below: treesOf(spans, span.spanId) }))

/** Two spaces a level: names, with what `more` says of each. */
export const outline = (trees: readonly SpanTree[], more: (span: WrittenSpan) => string, indent = ''): string[] =>
  trees.flatMap(({ span, below }) => [
    `${indent}${span.name} ${more(span)}`.trimEnd(),
    ...outline(below, more, `${indent}  `),
  ])

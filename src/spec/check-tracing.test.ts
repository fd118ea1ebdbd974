import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDocument } from './check.ts'
import { describeTracing } from './describe-tracing.ts'
import { plainSource } from './source.ts'
import type { TracingSpec } from './spec-tracing.ts'
import { problemTable as table } from './testing/problem-table.ts'

const services = { a: 'http://a' }
const tracing = (given: unknown) => ({ services, tracing: given })
const otlp = (url: string) => tracing({ otlp: url })

table('tracing', [
  [tracing(false)],
  [otlp('http://collector:4318')],
  [tracing({ otlp: 'https://c/x?y', sample: '0.1%', service: 'edge', headers: { 'X-Key': 'k' }, timeout: '2s' })],
  [tracing('http://collector:4318')],
  [tracing('collector'), 'tracing: expected a URL such as http://collector:4318'],
  [
    tracing('http://me:hunter2@c'),
    'tracing: must not hold a user or password: send them in "headers", as authorization',
  ],
  [tracing({}), 'tracing.otlp: is missing; expected text'],
  [otlp('collector:4318'), 'tracing.otlp: expected a URL such as http://collector:4318'],
  [otlp('grpc://collector:4317'), 'tracing.otlp: expected a URL such as http://collector:4318'],
  [otlp('http://collector:x'), 'tracing.otlp: expected a URL such as http://collector:4318'],
  [
    otlp('http://me:hunter2@c'),
    'tracing.otlp: must not hold a user or password: send them in "headers", as authorization',
  ],
  [otlp('http://c/#x'), 'tracing.otlp: must not have a fragment'],
  [
    tracing({ otlp: 'http://c', headers: { Host: 'x', 'content-type': 'y' } }),
    'tracing.headers.Host: is written by the gateway itself',
    'tracing.headers.content-type: is written by the gateway itself',
  ],
  [tracing({ otlp: 'http://c', sample: '101%' }), 'tracing.sample: expected a percentage such as 20%, found "101%"'],
])

const built = (given: unknown): TracingSpec | undefined => checkDocument(plainSource(tracing(given)), 1).spec?.tracing

test('defaults, and the path that is meant where there is none', () => {
  assert.deepEqual(built({ otlp: 'http://collector:4318' }), {
    url: 'http://collector:4318/v1/traces',
    sample: 0.1,
    service: 'sallyport',
    headers: [],
    timeoutMs: 10_000,
  })
  assert.deepEqual(built('http://collector:4318'), built({ otlp: 'http://collector:4318' }))
  for (const [written, url] of [
    ['http://c/', 'http://c/v1/traces'],
    ['http://c?key=1', 'http://c/v1/traces?key=1'],
    ['https://c/otlp/', 'https://c/otlp/'],
  ]) {
    assert.equal(built({ otlp: written })?.url, url)
  }
  assert.deepEqual(built({ otlp: 'http://c', headers: { 'X-Key': 'k' } })?.headers, [['x-key', 'k']])
})

test('in words, without what may be secret', () => {
  const spec = built({ otlp: 'http://c/in?key=hunter2', sample: '0.5%', service: 'edge', headers: { k: 'hunter2' } })
  assert.equal(spec && describeTracing(spec), '0.5% of new traces as edge, to http://c/in')
})

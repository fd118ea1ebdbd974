import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Attributes, type SpanFacts, spanJson } from './span-json.ts'

const facts = (given: Partial<SpanFacts> = {}): SpanFacts => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentId: '',
  isParentRemote: false,
  flags: 3,
  state: '',
  name: 'GET /',
  kind: 2,
  startMs: 1_800_000_000_000.125,
  endMs: 1_800_000_000_001,
  isError: false,
  attributes: new Attributes(),
  ...given,
})

test('a span as OTLP wants it in JSON', () => {
  const attributes = new Attributes().text('a', 'x').text('none', '').number('n', 200).number('zero', 0)
  assert.deepEqual(JSON.parse(spanJson(facts({ attributes }))), {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    flags: 0x103,
    name: 'GET /',
    kind: 2,
    startTimeUnixNano: '1800000000000125000',
    endTimeUnixNano: '1800000000001000000',
    attributes: [
      { key: 'a', value: { stringValue: 'x' } },
      { key: 'n', value: { intValue: '200' } },
    ],
  })
  const more = JSON.parse(
    spanJson(facts({ parentId: 'c'.repeat(16), isParentRemote: true, state: 'a=1', isError: true, endMs: 0 })),
  )
  assert.deepEqual(
    [more.parentSpanId, more.flags, more.traceState, more.status, more.endTimeUnixNano],
    ['c'.repeat(16), 0x303, 'a=1', { code: 2 }, more.startTimeUnixNano],
  )
})

test('whatever a client sends is one bounded text within', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), fc.string({ unit: 'binary' }), (value, name) => {
      const json = spanJson(facts({ name, attributes: new Attributes().text('k', value).text('after', '1') }))
      const span = JSON.parse(json)
      assert.equal(span.name, name.toWellFormed())
      assert.deepEqual(span.attributes.at(-1), { key: 'after', value: { stringValue: '1' } })
      if (value === '') return
      const [first] = span.attributes
      const text: string = first?.value.stringValue
      assert.ok(text.isWellFormed() && text.length <= 1027)
      assert.equal(text.slice(0, 1000), value.slice(0, 1024).toWellFormed().slice(0, 1000))
    }),
  )
})

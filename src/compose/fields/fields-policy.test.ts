import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { bytesSource } from '../../base/bytes-source.ts'
import { Fault } from '../../base/errors.ts'
import { headersOf } from '../../base/headers.ts'
import { Exchange } from '../../core/exchange.ts'
import type { Policy } from '../../core/policy.ts'
import { faultReply, Reply } from '../../core/reply.ts'
import type { JsonEditSpec } from '../../spec/spec-aggregate.ts'
import type { FieldsSpec } from '../../spec/spec-policies.ts'
import { FakeServices } from '../testing/fake-services.ts'
import { fieldsPolicy } from './fields-policy.ts'

const PICK_ID: readonly JsonEditSpec[] = [{ kind: 'pick', paths: ['id'] }]
const JSON_TYPE = ['content-type', 'application/json'] as const

type Pair = readonly [string, string]

const answer = (body: string | Buffer | null, headers: readonly Pair[] = [JSON_TYPE], status = 200): Reply =>
  new Reply(status, headersOf(headers), body === null ? null : bytesSource(Buffer.from(body)))

const services = new FakeServices()

const policyOf = (spec: Partial<FieldsSpec>, mostBytes = 1000): Policy =>
  fieldsPolicy({ edits: PICK_ID, otherContent: 'refuse', ...spec }, services.room, mostBytes)!

interface Given extends Partial<FieldsSpec> {
  readonly method?: string
}

const edited = async (reply: Reply, { method = 'GET', ...spec }: Given = {}): Promise<Reply> => {
  const x = new Exchange()
  x.method = method
  return policyOf(spec).wrap!(() => reply)(x)
}

const textOf = ({ body }: Reply): string | null =>
  body === null ? null : 'pipe' in body ? 'a source' : Buffer.from(body).toString()

test('the fields of JSON answers are edited, packed ones and those the gateway made too', async () => {
  const text = '{"id":1,"secret":2}'
  const packed = gzipSync(text)
  const replies = [
    answer(text),
    answer(text, [['content-type', 'application/hal+json; charset=utf-8']]),
    answer(text, [['content-type', 'text/json']]),
    answer(text, [['content-type', 'model/gltf+json']]),
    answer(packed, [JSON_TYPE, ['content-encoding', 'gzip']]),
    new Reply(200, headersOf([JSON_TYPE]), Buffer.from(text)),
  ]
  for (const reply of replies) {
    const result = await edited(reply)
    assert.deepEqual([result.status, textOf(result)], [200, '{"id":1}'])
    assert.equal(result.header('content-encoding'), undefined)
  }
})

test('what said something of the bytes that were is gone', async () => {
  const result = await edited(answer('{"id":1}', [JSON_TYPE, ['etag', '"x"'], ['digest', 'x'], ['x-other', 'stays']]))
  assert.equal(result.header('digest'), undefined)
  assert.deepEqual([result.header('etag'), result.header('x-other')], [undefined, 'stays'])
})

const XML = ['content-type', 'text/xml'] as const

const passed: readonly [what: string, reply: () => Reply, given?: Given][] = [
  ['another status', () => answer('{"secret":1}', [JSON_TYPE], 404)],
  ['other content of an error', () => answer('<secret/>', [XML], 500)],
  ['a redirect', () => answer('to /b', [['content-type', 'text/plain']], 302)],
  ['304', () => answer(null, [JSON_TYPE, ['etag', '"x"']], 304)],
  ['204', () => answer(null, [JSON_TYPE], 204)],
  ['no body', () => answer(null, [XML], 201)],
  ['a fault', () => faultReply(new Fault('UPSTREAM_TIMEOUT'))],
  ['text that the configuration has', () => new Reply(200, headersOf([XML]), Buffer.from('<busy/>'))],
  ['other content, where it may', () => answer('<secret/>', [XML]), { otherContent: 'pass' }],
  ['no content type, where it may', () => answer('secret', []), { otherContent: 'pass' }],
  ['HEAD of other content, where it may', () => answer(null, [XML]), { otherContent: 'pass', method: 'HEAD' }],
]

for (const [what, reply, given] of passed) {
  test(`passed as it is: ${what}`, async () => {
    const before = reply()
    const { body } = before
    assert.equal(await edited(before, given), before)
    assert.deepEqual([before.body, before.edits], [body, null])
  })
}

test('an answer to HEAD does not say the length of what would be edited', async () => {
  for (const headers of [[JSON_TYPE], []]) {
    const reply = answer(null, [...headers, ['content-length', '99']])
    const result = await edited(reply, { method: 'HEAD' })
    assert.deepEqual([result.status, result.body, result.header('content-length')], [200, null, undefined])
  }
})

test('what does not say what it is must be JSON, and says so then', async () => {
  const result = await edited(answer('{"id":1,"secret":2}', []))
  assert.deepEqual([textOf(result), result.header('content-type')], ['{"id":1}', 'application/json'])
  const empty = await edited(answer('', [], 202))
  assert.deepEqual([empty.status, empty.body, empty.header('content-type')], [202, null, undefined])
})

const refused: readonly [what: string, reply: Reply, given?: Given][] = [
  ['other content', answer('<secret/>', [XML])],
  ['a stream of events', answer('data: {}', [['content-type', 'text/event-stream']])],
  ['parts of it', answer('--x', [['content-type', 'multipart/byteranges; boundary=x']], 206)],
  ['a part of it', answer('"id":1}', [JSON_TYPE, ['content-range', 'bytes 1-7/8']], 206)],
  ['text that does not say what it is', answer('secret', [])],
  ['two types in one', answer('{"id":1}', [['content-type', 'application/json, text/html']])],
  ['HEAD of other content', answer(null, [XML]), { method: 'HEAD' }],
  ['it is no JSON', answer('{"id":')],
  ['it is no JSON, where other content may pass', answer('{"id":'), { otherContent: 'pass' }],
  ['it is more than one value', answer('{} {}')],
  ['it is too large', answer(`{"id":"${'x'.repeat(1001)}"}`)],
  [
    'it is larger unpacked',
    answer(gzipSync(`{"id":"${'x'.repeat(1001)}"}`), [JSON_TYPE, ['content-encoding', 'gzip']]),
  ],
  ['it cannot be unpacked', answer('{}', [JSON_TYPE, ['content-encoding', 'gzip']])],
  ['the packing is unknown', answer('{}', [JSON_TYPE, ['content-encoding', 'rot13']])],
  ['it is in another charset', answer('{"id":1}', [['content-type', 'application/json; charset=iso-8859-1']])],
  ['nothing is left of it', answer('{}'), { edits: [{ kind: 'unwrap', path: 'data' }] }],
]

for (const [what, reply, given] of refused) {
  test(`502 rather than what may not be seen: ${what}`, async () => {
    const result = await edited(reply, given)
    assert.deepEqual([result.status, result.fault?.code], [502, 'UPSTREAM_PROTOCOL'])
  })
}

test('a body that breaks is the fault that broke it', async () => {
  const reply = new Reply(200, headersOf([JSON_TYPE]), {
    length: -1,
    pipe: sink => sink.abort(new Fault('UPSTREAM_TIMEOUT')),
    resume() {},
    cancel() {},
  })
  assert.equal((await edited(reply)).fault?.code, 'UPSTREAM_TIMEOUT')
})

const codings: readonly [asked: readonly string[], sent: string | undefined][] = [
  [[], undefined],
  [['gzip, deflate, br'], undefined],
  [[''], undefined],
  [['gzip, deflate, br, zstd'], 'gzip, deflate, br'],
  [['zstd;q=1, GZIP;q=0.5, *;q=0.1'], 'GZIP;q=0.5'],
  [['gzip', 'dcb'], 'gzip'],
  [['zstd'], 'identity'],
  [['*'], 'identity'],
]

for (const [asked, sent] of codings) {
  test(`no packing is asked for that cannot be undone: ${asked.join(' | ')}`, () => {
    const x = new Exchange()
    x.headers = headersOf(asked.map(value => ['accept-encoding', value]))
    assert.equal(policyOf({}).gate!(x), undefined)
    assert.equal(x.requestEdits?.get('accept-encoding'), sent)
  })
}

test('the whole is asked for, not a part of it', () => {
  for (const otherContent of ['refuse', 'pass'] as const) {
    const x = new Exchange()
    x.headers = headersOf([['range', 'bytes=0-1']])
    assert.equal(policyOf({ otherContent }).gate!(x), undefined)
    assert.equal(x.requestEdits?.removes('range'), true)
  }
  assert.equal(fieldsPolicy({ edits: [], otherContent: 'refuse' }, services.room), undefined)
})

const accepted: readonly [asked: readonly string[], sent: string][] = [
  [[], 'application/json'],
  [['text/xml'], 'application/json'],
  [['text/html', 'application/xml;q=0.9'], 'application/json'],
  [['*/*'], 'application/json'],
  [['text/html, application/xml;q=0.9, */*;q=0.8'], 'application/json;q=0.8'],
  [['application/*;q=0.5, image/*'], 'application/json;q=0.5'],
  [
    ['application/vnd.shop.v2+json, text/csv', 'application/json; q=0.5'],
    'application/vnd.shop.v2+json, application/json; q=0.5',
  ],
  [['TEXT/JSON'], 'TEXT/JSON'],
  [['application/hal+json;profile="a, */*"'], 'application/json'],
  [['text/jsonx, application/json5'], 'application/json'],
]

for (const [asked, sent] of accepted) {
  test(`services are asked for JSON: ${asked.join(' | ')}`, () => {
    const headers = headersOf(asked.map(value => ['accept', value]))
    const strict = Object.assign(new Exchange(), { headers, upgrade: 'websocket' })
    policyOf({}).gate!(strict)
    assert.deepEqual([strict.requestEdits?.get('accept'), strict.upgrade], [sent, ''])
    const lenient = Object.assign(new Exchange(), { headers, upgrade: 'websocket' })
    policyOf({ otherContent: 'pass' }).gate!(lenient)
    assert.deepEqual([lenient.requestEdits, lenient.upgrade], [null, 'websocket'])
  })
}

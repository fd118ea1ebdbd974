import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { bytesSource } from '../../base/bytes-source.ts'
import { Fault } from '../../base/errors.ts'
import { headersOf } from '../../base/headers.ts'
import { Exchange } from '../../core/exchange.ts'
import { faultReply, Reply } from '../../core/reply.ts'
import type { JsonEditSpec } from '../../spec/spec-aggregate.ts'
import { fieldsPolicy } from './fields-policy.ts'

const PICK_ID: readonly JsonEditSpec[] = [{ kind: 'pick', paths: ['id'] }]
const JSON_TYPE = ['content-type', 'application/json'] as const

type Pair = readonly [string, string]

const answer = (body: string | Buffer | null, headers: readonly Pair[] = [JSON_TYPE], status = 200): Reply =>
  new Reply(status, headersOf(headers), body === null ? null : bytesSource(Buffer.from(body)))

const edited = async (reply: Reply, edits = PICK_ID, mostBytes = 1000): Promise<Reply> => {
  const policy = fieldsPolicy(edits, mostBytes)!
  return policy.wrap!(() => reply)(new Exchange())
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

const passed: readonly [what: string, reply: () => Reply][] = [
  ['another status', () => answer('{"secret":1}', [JSON_TYPE], 404)],
  ['other content', () => answer('secret', [['content-type', 'text/html']])],
  ['no content type', () => answer('secret', [])],
  ['204', () => answer(null, [JSON_TYPE], 204)],
  ['a fault', () => faultReply(new Fault('UPSTREAM_TIMEOUT'))],
]

for (const [what, reply] of passed) {
  test(`passed as it is: ${what}`, async () => {
    const given = reply()
    const { body } = given
    assert.equal(await edited(given), given)
    assert.equal(given.body, body)
  })
}

test('an answer to HEAD does not say the length of what would be edited', async () => {
  const result = await edited(answer(null, [JSON_TYPE, ['content-length', '99']]))
  assert.deepEqual([result.status, result.body, result.header('content-length')], [200, null, undefined])
})

const refused: readonly [what: string, reply: Reply, edits?: readonly JsonEditSpec[]][] = [
  ['it is no JSON', answer('{"id":')],
  ['it is more than one value', answer('{} {}')],
  ['it is too large', answer(`{"id":"${'x'.repeat(1001)}"}`)],
  [
    'it is larger unpacked',
    answer(gzipSync(`{"id":"${'x'.repeat(1001)}"}`), [JSON_TYPE, ['content-encoding', 'gzip']]),
  ],
  ['it cannot be unpacked', answer('{}', [JSON_TYPE, ['content-encoding', 'gzip']])],
  ['the packing is unknown', answer('{}', [JSON_TYPE, ['content-encoding', 'rot13']])],
  ['it is in another charset', answer('{"id":1}', [['content-type', 'application/json; charset=iso-8859-1']])],
  ['nothing is left of it', answer('{}'), [{ kind: 'unwrap', path: 'data' }]],
]

for (const [what, reply, edits] of refused) {
  test(`502 rather than what may not be seen: ${what}`, async () => {
    const result = await edited(reply, edits)
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
    assert.equal(fieldsPolicy(PICK_ID)!.gate!(x), undefined)
    assert.equal(x.requestEdits?.get('accept-encoding'), sent)
  })
}

test('the whole is asked for, not a part of it', () => {
  const { gate } = fieldsPolicy(PICK_ID)!
  const x = new Exchange()
  x.headers = headersOf([['range', 'bytes=0-1']])
  assert.equal(gate!(x), undefined)
  assert.equal(x.requestEdits?.removes('range'), true)
  assert.equal(fieldsPolicy([]), undefined)
})

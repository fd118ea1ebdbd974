import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { Fault } from '../base/errors.ts'
import { HeaderEdits, headersOf } from '../base/headers.ts'
import { Reply } from '../core/reply.ts'
import type { AggregateSpec, BranchSpec } from '../spec/spec-aggregate.ts'
import { FakeServices, type Plays, reset } from './testing/fake-services.ts'
import { aggregateSpec, branchSpec } from './testing/specs.ts'

/** What becomes of branch `a`, beside one that is fine. */
const fate = (plays: Plays, branch: Partial<BranchSpec> = {}): string => {
  const services = new FakeServices()
  const run = services.run(aggregateSpec([branchSpec('a', branch), branchSpec('b')]), { a: plays })
  assert.notEqual(services.visits[0]?.state, 'open')
  if (run.partial !== '') return run.partial
  return /^\{"a":(.*),"b":\{\}\}$/.exec(String(run.answer[1]))?.[1] ?? String(run.answer)
}

const typed = (type: string): Plays => ({ headers: [['content-type', type]], body: '"ü"' })
const packed = (encoding: string, body: Buffer): Plays => ({ headers: [['content-encoding', encoding]], body })

for (const [what, plays, expected, branch] of [
  ['any JSON', { body: ' [1,2] ' }, '[1,2]'],
  ['null', { body: 'null' }, 'null'],
  [
    'a status among those expected',
    { status: 404, body: '{}' },
    '{}',
    {
      expect: [
        [200, 200],
        [404, 404],
      ],
    },
  ],
  [
    'a status that is not',
    { status: 201 },
    'a;reason=status;status=201',
    {
      expect: [
        [200, 200],
        [404, 404],
      ],
    },
  ],
  ['a redirect', { status: 302 }, 'a;reason=status;status=302'],
  ['no content', { status: 204, body: '' }, 'null'],
  ['nothing', { status: 200, body: '' }, 'a;reason=invalid'],
  ['nothing to a HEAD', { status: 200, body: '' }, 'null', { method: 'HEAD' }],
  ['no JSON', { body: '<html>' }, 'a;reason=invalid'],
  ['JSON that goes on', { body: '{},"b":{"id":1}' }, 'a;reason=invalid'],
  ['bytes that are no UTF-8', { body: Buffer.from([0x22, 0xff, 0x22]) }, 'a;reason=invalid'],
  ['a byte order mark', { body: '\ufeff{}' }, 'a;reason=invalid'],
  ['JSON that goes too deep', { body: '['.repeat(100) + ']'.repeat(100) }, 'a;reason=invalid'],
  ['UTF-8, said so', typed('application/json; charset=UTF-8'), '"ü"'],
  ['UTF-8, in quotes', typed('application/json;charset="utf-8"'), '"ü"'],
  ['a type that is not JSON', typed('text/plain'), '"ü"'],
  ['another charset', typed('application/json; charset=iso-8859-1'), 'a;reason=invalid'],
  ['another charset, in quotes', typed('application/json; Charset = "UTF-16"'), 'a;reason=invalid'],
  ['gzip', packed('gzip', gzipSync('[1]')), '[1]'],
  ['brotli', packed('BR', brotliCompressSync('[1]')), '[1]'],
  ['no coding, said so', packed('identity', Buffer.from('[1]')), '[1]'],
  ['gzip that is none', packed('gzip', Buffer.from('[1]')), 'a;reason=invalid'],
  ['an unknown coding', packed('zip', Buffer.from('[1]')), 'a;reason=invalid'],
  ['two codings', packed('gzip, gzip', gzipSync(gzipSync('[1]'))), 'a;reason=invalid'],
  ['chunks that are none', { breaks: new Fault('BAD_REQUEST') }, 'a;reason=invalid'],
  ['a part of its body', { breaks: new Fault('UPSTREAM_PROTOCOL') }, 'a;reason=invalid'],
  ['the rest of its body too slowly', { breaks: new Fault('UPSTREAM_TIMEOUT') }, 'a;reason=timeout;after=0'],
  ['as much as it may', { body: '"12345678"' }, '"12345678"', { maxBytes: 10 }],
  ['more than it may, said so', { body: '"123456789"' }, 'a;reason=oversize', { maxBytes: 10 }],
  ['more than it may', { body: '"123456789"', length: -1 }, 'a;reason=oversize', { maxBytes: 10 }],
  ['more than it may, packed', packed('gzip', gzipSync('"123456789"')), 'a;reason=oversize', { maxBytes: 10 }],
  ['as much as it may, packed', packed('gzip', gzipSync('"12345678"')), '"12345678"', { maxBytes: 10 }],
  [
    'a member that is not there',
    { body: '{"data":1}' },
    'a;reason=invalid',
    { edits: [{ kind: 'unwrap', path: 'items' }] },
  ],
  [
    'a member that is',
    { body: '{"items":[{"id": 12345678901234567890}]}' },
    '[{"id":12345678901234567890}]',
    { edits: [{ kind: 'unwrap', path: 'items' }] },
  ],
] as const satisfies readonly (readonly [string, Plays, string, Partial<BranchSpec>?])[]) {
  test(`a service that gives ${what}: ${expected}`, () => {
    assert.equal(fate(plays, branch), expected)
  })
}

test('an answer from memory is as good', () => {
  const services = new FakeServices()
  for (const [body, partial] of [
    ['"12"', ''],
    ['"123456789"', 'a;reason=oversize'],
  ] as const) {
    const spec = aggregateSpec([branchSpec('a', { maxBytes: 10 }), branchSpec('b')])
    const run = services.runCalls(
      spec,
      new Map([
        ['a', () => new Reply(200, undefined, Buffer.from(body))],
        ['b', services.call('b', {})],
      ]),
    )
    assert.equal(run.partial, partial)
  }
})

// Sizes together.

const sizes = (plays: Readonly<Record<string, Plays>>, maxBytes: number): Promise<string> => {
  const services = new FakeServices()
  const branches = Object.keys(plays).map(name => branchSpec(name))
  const run = services.run(aggregateSpec(branches, { maxBytes, whenEmpty: 'answer' }), plays)
  return services.pass(500).then(() => run.partial)
}

const TEN = '"12345678"'

test('the bodies together are bounded', async () => {
  assert.equal(await sizes({ a: { body: TEN }, b: { body: TEN } }, 20), '')
  assert.equal(await sizes({ a: { body: TEN }, b: { body: TEN } }, 19), 'b;reason=oversize')
  assert.equal(
    await sizes({ a: { body: TEN, length: -1, after: 5 }, b: { body: TEN, length: -1 } }, 19),
    'a;reason=oversize',
  )
})

test('a length that was said has its place; one of unknown length sees when it is there', async () => {
  assert.equal(await sizes({ a: { body: TEN, bodyAfter: 50 }, b: { body: TEN } }, 19), 'b;reason=oversize')
  const both = { body: TEN, length: -1 }
  assert.equal(await sizes({ a: { ...both, bodyAfter: 50 }, b: { ...both, bodyAfter: 40 } }, 19), 'a;reason=oversize')
})

test('what a branch does not need any more others may have', async () => {
  const late: Plays = { after: 20, body: TEN }
  const broken: Plays = { body: TEN, bodyAfter: 10, breaks: reset }
  assert.equal(await sizes({ a: broken, b: late }, 19), 'a;reason=connect')
  assert.equal(await sizes({ a: packed('gzip', Buffer.from(TEN)), b: late }, 19), 'a;reason=invalid')
  const services = new FakeServices()
  const spec = aggregateSpec([branchSpec('a', { timeoutMs: 10 }), branchSpec('b')], { maxBytes: 19 })
  const run = services.run(spec, { a: { body: TEN, bodyAfter: 100 }, b: late })
  await services.pass(30)
  assert.deepEqual([run.at, run.partial], [20, 'a;reason=timeout;after=10'])
})

// Headers of the answer.

const headersWith = (spec: Partial<AggregateSpec>, replies: Readonly<Record<string, () => Reply>>) => {
  const services = new FakeServices()
  const names = Object.keys(replies)
  const run = services.runCalls(
    aggregateSpec(
      names.map(name => branchSpec(name)),
      spec,
    ),
    new Map(Object.entries(replies)),
  )
  return run.reply!
}

const withHeaders =
  (...pairs: (readonly [string, string])[]) =>
  () =>
    new Reply(200, headersOf(pairs), Buffer.from('1'))

test('headers of services are taken by name and branch alone', () => {
  const reply = headersWith(
    {
      takeHeaders: [
        { branch: 'a', name: 'set-cookie' },
        { branch: 'b', name: 'etag' },
        { branch: 'b', name: 'x-none' },
      ],
    },
    {
      a: withHeaders(['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['etag', '"a"']),
      b: withHeaders(['set-cookie', 'c=3'], ['etag', '"b"']),
    },
  )
  assert.deepEqual(reply.edits?.added, [
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
    ['etag', '"b"'],
  ])
  assert.equal(headersWith({}, { a: withHeaders(['set-cookie', 'a=1']) }).edits, null)
})

test('they are read at once: the table of a head is used again', () => {
  const table: [string, string][] = [['x-a', 'first']]
  const services = new FakeServices()
  const spec = aggregateSpec([branchSpec('a'), branchSpec('b')], { takeHeaders: [{ branch: 'a', name: 'x-a' }] })
  const calls = new Map([
    ['a', () => new Reply(200, headersOf(table), Buffer.from('1'))],
    ['b', services.call('b', { after: 5 })],
  ])
  const run = services.runCalls(spec, calls)
  table[0] = ['x-a', 'second']
  services.clock.advance(5)
  services.timers.fire()
  assert.equal(run.reply?.header('x-a'), 'first')
})

test('what was edited on the way counts', () => {
  const edited = (): Reply => {
    const reply = new Reply(
      200,
      headersOf([
        ['x-a', '1'],
        ['x-b', '1'],
      ]),
      Buffer.from('1'),
    )
    reply.edits = new HeaderEdits().set('x-a', '2').append('x-b', '2')
    return reply
  }
  const reply = headersWith(
    {
      takeHeaders: [
        { branch: 'a', name: 'x-a' },
        { branch: 'a', name: 'x-b' },
      ],
    },
    { a: edited },
  )
  assert.deepEqual(reply.edits?.added, [
    ['x-a', '2'],
    ['x-b', '1'],
    ['x-b', '2'],
  ])
})

test('of an answer that is not whole nothing is said that is true of a whole one', () => {
  const takeHeaders = ['cache-control', 'cdn-cache-control', 'etag', 'last-modified', 'x-a'].map(name => ({
    branch: 'a',
    name,
  }))
  const a = withHeaders(
    ['cache-control', 'max-age=60'],
    ['cdn-cache-control', 'max-age=60'],
    ['etag', '"a"'],
    ['last-modified', 'x'],
    ['x-a', '1'],
  )
  const headers: [string, string][] = [
    ['expires', 'x'],
    ['surrogate-control', 'max-age=60'],
  ]
  const reply = headersWith({ takeHeaders, headers }, { a, b: () => new Reply(500) })
  assert.deepEqual(reply.edits?.added, [
    ['x-a', '1'],
    ['sallyport-partial', 'b;reason=status;status=500'],
  ])
  assert.deepEqual([reply.header('cache-control'), reply.header('expires')], ['no-store', undefined])
  assert.equal(reply.header('surrogate-control'), undefined)
  const whole = headersWith({ takeHeaders, headers }, { a })
  assert.deepEqual(
    [whole.header('cache-control'), whole.header('expires'), whole.header('etag')],
    ['max-age=60', 'x', '"a"'],
  )
})

test('a fallback has no headers', () => {
  const services = new FakeServices()
  const branch = branchSpec('a', { fallback: { kind: 'value', value: 1 } })
  const spec = aggregateSpec([branch], { takeHeaders: [{ branch: 'a', name: 'x-a' }] })
  const run = services.run(spec, { a: { body: 'garbage', headers: [['x-a', '1']] } })
  assert.equal(run.reply?.header('x-a'), undefined)
})

test('the type is that of the configuration where it says one', () => {
  const reply = headersWith({ headers: [['content-type', 'application/vnd.x+json']] }, { a: withHeaders() })
  assert.deepEqual(reply.headers.all('content-type'), ['application/vnd.x+json'])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HeaderEdits, headersOf, ID } from '../base/headers.ts'
import {
  fieldLines,
  HOP_BY_HOP,
  identityFields,
  isIdentityField,
  nameSet,
  statusLine,
  trailerLines,
} from './serialize.ts'
import { requestOf } from './testing.ts'

const NONE = nameSet()
const HOPS = nameSet(...HOP_BY_HOP)

const lines = (
  fields: readonly string[],
  drop = HOPS,
  named: readonly string[] = [],
  edits: HeaderEdits | null = null,
): string => fieldLines(requestOf('GET / HTTP/1.1', 'Host: h', ...fields), drop, named, edits, isIdentityField)

const wire = (...fields: readonly string[]): string => ['Host: h', ...fields, ''].join('\r\n')

test('a set holds what it was given, nothing else', () => {
  const set = nameSet('via', 'te')
  assert.deepEqual([set[ID.via], set[ID.te], set[ID.date], set[0]], [1, 1, 0, 0])
  assert.equal(
    set.reduce((sum, n) => sum + n),
    2,
  )
})

const rows: readonly [what: string, fields: string[], left: string[], named?: string[]][] = [
  ['all of it', ['A: 1', 'B: 2'], ['A: 1', 'B: 2']],
  ['without hop-by-hop fields', ['A: 1', 'Keep-Alive: x', 'B: 2', 'TE: trailers', 'Upgrade: x'], ['A: 1', 'B: 2']],
  ['without what Connection names', ['A: 1', 'X-Hop: 1', 'B: 2', 'x-hop: 2'], ['A: 1', 'B: 2'], ['x-hop']],
  ['known names can be named as well', ['Date: x', 'A: 1'], ['A: 1'], ['date']],
  ['several in a row, first and last', ['TE: a', 'Keep-Alive: b', 'A: 1', 'TE: c'], ['A: 1']],
  ['nothing between two that go', ['A: 1', 'TE: a', 'B: 2', 'TE: b', 'C: 3'], ['A: 1', 'B: 2', 'C: 3']],
  ['identity', ['X-Consumer-Id: a', 'x-claim-sub: b', 'X-CLAIM-: c', 'A: 1'], ['A: 1']],
  ['identity spelled with _', ['X_Consumer: a', 'x_claim_sub: b', 'x-consumer_id: c', 'x_real-ip: d'], []],
  ['identity spelled with other signs', ['X.Consumer: a', 'x!claim~sub: b', "x-consumer'id: c", 'X.Real+IP: d'], []],
  ['framing and forwarding spelled with _', ['Content_Length: 1', 'transfer_encoding: c', 'X_Forwarded_For: d'], []],
  [
    'other names with _, and names like identity',
    ['a_b: 1', 'X-Consumers: 2', 'X-Claims: 3', 'X-Con: 4'],
    ['a_b: 1', 'X-Consumers: 2', 'X-Claims: 3', 'X-Con: 4'],
  ],
]

for (const [what, fields, left, named] of rows) {
  test(`copied: ${what}`, () => assert.equal(lines(fields, HOPS, named), wire(...left)))

  test(`rewritten: ${what}`, () => {
    // White space that we would not write makes the head one that cannot be copied.
    const odd = fields.map(field => field.replace(': ', ':\t') + ' ')
    assert.equal(lines(odd, HOPS, named), wire(...left))
  })

  test(`from pairs: ${what}`, () => {
    const pairs = ['Host: h', ...fields].map((field): [string, string] => {
      const [name = '', value = ''] = field.split(': ')
      return [name.toLowerCase(), value]
    })
    const written = fieldLines(headersOf(pairs), HOPS, named ?? [], null, isIdentityField)
    assert.equal(
      written,
      wire(...left).replace(/^[^:]+/gm, name => name.toLowerCase()),
    )
  })
}

test('edits: removed fields go, added ones come last, set ones do both', () => {
  const edits = new HeaderEdits().remove('a').append('via', 'x').set('b', '3')
  for (const fields of [
    ['A: 1', 'B: 2', 'C: 3'],
    ['A:1', 'B: 2', 'C: 3'],
  ]) {
    assert.equal(lines(fields, NONE, [], edits), wire('C: 3', 'via: x', 'b: 3'))
  }
})

test('what edits add is not subject to what is dropped', () => {
  assert.equal(lines(['TE: a'], HOPS, [], new HeaderEdits().set('te', 'trailers')), wire('te: trailers'))
})

test('no field left gives no line', () => {
  assert.equal(fieldLines(requestOf('GET / HTTP/1.0', 'TE: a'), HOPS, [], null, null), '')
  assert.equal(fieldLines(requestOf('GET / HTTP/1.0'), HOPS, [], null, null), '')
})

test('property: copying runs gives what writing line by line gives', () => {
  const name = fc.constantFrom('A', 'b-c', 'TE', 'via', 'X-Claim-x', 'x_real_ip', 'Keep-Alive', 'x-hop', 'D_e')
  const value = fc.constantFrom('', 'a', 'b, c', 'd\u00e9')
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 12 }), fc.boolean(), (pairs, edited) => {
      const edits = edited ? new HeaderEdits().set('via', 'mine').remove('b-c') : null
      const fields = pairs.map(([name, value]) => `${name}: ${value}`)
      const oneByOne = fields.filter(
        field => lines([field], HOPS, ['x-hop'], edits).length > lines([], HOPS, [], edits).length,
      )
      const added = edits === null ? '' : 'via: mine\r\n'
      assert.equal(lines(fields, HOPS, ['x-hop'], edits), wire(...oneByOne) + added)
    }),
  )
})

const NEVER = ['Content-Length', 'Transfer-Encoding', 'Host', 'Trailer', 'Set-Cookie', 'Authorization', 'Content-Type']
NEVER.push('X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'X-Request-Id', 'X-Consumer', 'X-Claim-Sub', 'X_Consumer')
NEVER.push(
  'Connection',
  'Via',
  'Date',
  'Location',
  'Vary',
  'Cache-Control',
  'Cookie',
  'TE',
  'Upgrade',
  'content_length',
)

test('trailers: only what no one decides on', () => {
  const trailers = headersOf(NEVER.map(name => [name.toLowerCase(), 'x'] as const))
  assert.equal(trailerLines(trailers, isIdentityField), '')
  assert.equal(
    trailerLines(
      headersOf([
        ['x-sum', '1'],
        ['grpc-status', '0'],
      ]),
      isIdentityField,
    ),
    'x-sum: 1\r\ngrpc-status: 0\r\n',
  )
})

test('configured identity fields are dropped in every spelling, in heads and trailers', () => {
  const drop = identityFields(['x-user-id', 'x-claim-sub'])
  const fields = ['X-User-Id', 'x_user_id', 'x-user.Id', 'X-Claim-Anything', 'x-user', 'x-user-id2']
  const head = headersOf(fields.map(name => [name, '1'] as const))
  assert.equal(fieldLines(head, nameSet(), [], null, drop), 'x-user: 1\r\nx-user-id2: 1\r\n')
  assert.equal(trailerLines(head, drop), 'x-user: 1\r\nx-user-id2: 1\r\n')
  assert.equal(identityFields(['x-claim-sub', 'x-consumer-tier']), isIdentityField)
})

test('a credential is dropped in every spelling but its own', () => {
  const drop = identityFields([], ['x-api-key', 'app_key', 'authorization'])
  const fields = ['x-api-key', 'x_api_key', 'X-Api.Key', 'App_Key', 'app-key', 'authorization', 'x-api-keys']
  const head = headersOf(fields.map(name => [name, '1'] as const))
  assert.equal(
    fieldLines(head, nameSet(), [], null, drop),
    'x-api-key: 1\r\nApp_Key: 1\r\nauthorization: 1\r\nx-api-keys: 1\r\n',
  )
  assert.equal(trailerLines(head, drop), 'App_Key: 1\r\nx-api-keys: 1\r\n')
  assert.equal(identityFields([], ['authorization']), isIdentityField)
})

test('status lines', () => {
  assert.equal(statusLine(200), 'HTTP/1.1 200 OK\r\n')
  assert.equal(statusLine(299), 'HTTP/1.1 299 \r\n')
  assert.equal(statusLine(999), 'HTTP/1.1 999 \r\n')
})

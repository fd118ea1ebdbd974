import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderEdits, headersOf } from '../base/headers.ts'
import { clientHeader } from './client-header.ts'
import { Exchange } from './exchange.ts'
import type { Identity } from './identity.ts'

const HEADERS = headersOf([
  ['x-a', 'theirs'],
  ['x-consumer', 'forged'],
])
const valuesOf = (name: string, edit: (edits: HeaderEdits) => HeaderEdits, identity: Identity | null = null) =>
  clientHeader(
    Object.assign(new Exchange(), { headers: HEADERS, requestEdits: edit(new HeaderEdits()), identity }),
    name,
  )

test('a header is what gates left of it', () => {
  assert.deepEqual(clientHeader(Object.assign(new Exchange(), { headers: HEADERS }), 'x-a'), ['theirs'])
  assert.deepEqual(
    valuesOf('x-a', edits => edits),
    ['theirs'],
  )
  assert.deepEqual(
    valuesOf('x-a', edits => edits.remove('x-a')),
    [],
  )
  assert.deepEqual(
    valuesOf('x-a', edits => edits.set('x-a', '1').append('x-a', '2')),
    ['1', '2'],
  )
  assert.deepEqual(
    valuesOf('x-a', edits => edits.append('x-a', '2')),
    ['theirs', '2'],
  )
})

test('who somebody was proved to be counts, not what the client says beside it', () => {
  const headers = new HeaderEdits().append('x-consumer', 'app')
  const identity: Identity = {
    way: 'keys',
    consumer: 'app',
    subject: '',
    keyId: '',
    roles: new Set(),
    scopes: new Set(),
    tier: '',
    claims: null,
    headers,
  }
  assert.deepEqual(
    valuesOf('x-consumer', edits => edits.append('x-consumer', 'app'), identity),
    ['app'],
  )
})

import { hash } from 'node:crypto'
import { headersOf } from '../../src/base/headers.ts'
import { Exchange } from '../../src/core/exchange.ts'
import { apiKeyWay } from '../../src/policies/api-key/api-key-way.ts'
import { keyPrinter, randomSecret } from '../../src/policies/api-key/key-print.ts'
import { keyWorld } from '../../src/policies/testing/key-world.ts'
import { bench, type Run } from './loop.ts'

/** What a known API key costs per request, found in a head of ten fields; 1,000 keys in turn. */
const keys = Array.from({ length: 1_000 }, (_, i) => `sp_${hash('sha256', `key ${i}`, 'base64url')}`)
const hashes = keys.map(key => hash('sha256', key, 'hex'))
const requests = keys.map(key => {
  const x = new Exchange()
  const fields = Array.from({ length: 9 }, (_, i) => [`x-other-${i}`, 'value'] as const)
  // A value is a slice of the head's text, as it is on the wire.
  x.headers = headersOf([...fields, ['x-api-key', `x-api-key: ${key}\r\n`.slice(11, -2)]])
  return x
})

const way = apiKeyWay(
  { kind: 'apiKey', name: 'keys', from: [{ in: 'header', name: 'x-api-key', scheme: '' }], forward: false, realm: 'r' },
  keys.map((_, i) => ({
    name: `consumer-${i}`,
    keys: [{ hash: hashes[i]!, expiresAt: 0, disabled: false }],
    roles: [],
    scopes: [],
    tier: '',
  })),
  keyWorld(),
)

const each =
  (one: (i: number) => unknown): Run =>
  times => {
    let last: unknown
    for (let i = 0; i < times; i++) last = one(i % 1_000)
    return last
  }

await bench(
  'SHA-256 of a key of 46 characters, in hex',
  each(i => hash('sha256', keys[i]!, 'hex')),
)
const printOf = keyPrinter(randomSecret())
const print = { a: 0, b: 0, c: 0, d: 0 }
await bench(
  'print of a key of 46 characters',
  each(i => {
    printOf(keys[i]!, print)
    return print.d
  }),
)
await bench(
  'check: a known key',
  each(i => way.check(requests[i]!)),
)

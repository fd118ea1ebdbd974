import net from 'node:net'
import { HeaderEdits, headersOf } from '../../src/base/headers.ts'
import { Exchange } from '../../src/core/exchange.ts'
import { Reply } from '../../src/core/reply.ts'
import { fieldLines, HOP_BY_HOP, nameSet } from '../../src/http1/serialize.ts'
import { accessPolicy } from '../../src/policies/auth/access.ts'
import { authPolicy } from '../../src/policies/auth/auth-gate.ts'
import { corsPolicy } from '../../src/policies/cors/cors.ts'
import { ipPolicy } from '../../src/policies/ip-rules.ts'
import { fakeWay, identity } from '../../src/policies/testing/identities.ts'
import { keyWorld } from '../../src/policies/testing/key-world.ts'
import { bench, type Run } from './loop.ts'

/** What the gates of a route cost beside the ways that know the credentials. */
const each =
  (one: (i: number) => unknown): Run =>
  times => {
    let last: unknown
    for (let i = 0; i < times; i++) last = one(i % 1_000)
    return last
  }

const addresses = Array.from({ length: 1_000 }, (_, i) => `11.${i % 7}.${i & 255}.${i % 13}`)
const blocks = Array.from({ length: 100 }, (_, i) => `20.${i}.0.0/16`)
const x = new Exchange()

const { gate: ip } = ipPolicy({ allow: [], deny: blocks })
await bench(
  'ip: 1,000 addresses in turn, 100 blocks',
  each(i => {
    x.clientAddress = addresses[i]!
    return ip?.(x)
  }),
)
const list = new net.BlockList()
for (const block of blocks) list.addSubnet(block.slice(0, -3), 16)
await bench(
  'ip: the same without memory, net.isIP and net.BlockList',
  each(i => net.isIP(addresses[i]!) !== 0 && list.check(addresses[i]!, 'ipv4')),
)

const ada = identity({
  roles: new Set(['reader']),
  claims: { org: { id: 7 } },
  headers: new HeaderEdits().append('x-consumer', 'ada'),
})
const { gate: auth } = authPolicy(
  { need: 'any', ways: ['a'], optional: false },
  [{ ...fakeWay('a', ada), check: () => ada, strip: null }],
  keyWorld().meter,
  false,
)!
await bench(
  'auth: a way that knows at once, one identity header',
  each(() => {
    x.requestEdits = null
    return auth?.(x)
  }),
)
const { gate: access } = accessPolicy(
  {
    roles: { need: 'any', values: ['writer', 'reader'] },
    scopes: undefined,
    consumers: [],
    claims: [{ claim: 'org.id', values: [7] }],
  },
  [],
  false,
)
await bench(
  'access: a role and a claim',
  each(() => access?.(x)),
)

const hopByHop = nameSet(...HOP_BY_HOP)
const wire = Buffer.alloc(4096)
const json = headersOf([['content-type', 'application/json']])
const written = (edits: HeaderEdits): number =>
  wire.write(`HTTP/1.1 200 OK\r\n${fieldLines(json, hopByHop, [], edits, null)}\r\n`, 'latin1')
await bench(
  'edits: one field taken out, one added, written',
  each(() => written(new HeaderEdits().remove('x-api-key').appendClean('x-consumer', 'consumer-12'))),
)
await bench(
  'edits: two fields replaced, written',
  each(i =>
    written(
      new HeaderEdits()
        .remove('ratelimit-policy')
        .appendClean('ratelimit-policy', '"limit";q=1000;w=60')
        .remove('ratelimit')
        .appendClean('ratelimit', `"limit";r=${i};t=${i & 63}`),
    ),
  ),
)

const fields = Array.from({ length: 9 }, (_, i) => [`x-other-${i}`, 'value'] as const)
const answer = headersOf(fields)
x.headers = headersOf([...fields, ['origin', 'https://app.example.com']])
const { shape } = corsPolicy(
  { origins: ['https://app.example.com'], methods: [], headers: [], expose: [], credentials: true, maxAgeMs: 0 },
  [],
)
await bench(
  'cors: an answer with nine other fields',
  each(() => {
    const reply = new Reply(200, answer)
    shape?.(x, reply)
    return reply
  }),
)

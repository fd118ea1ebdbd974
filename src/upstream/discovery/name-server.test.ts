import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { byName, watch } from '../testing/discovery-world.ts'
import { type DnsReply, startFakeDns } from '../testing/fake-dns.ts'
import { dnsReason, nodeDns } from './dns-client.ts'

/** A name server over UDP on loopback, and Node's own resolver in front of it. */
const serverOf = async (t: TestContext, replies: Readonly<Record<string, DnsReply>>) => {
  const server = await startFakeDns()
  t.after(() => server.close())
  for (const [question, reply] of Object.entries(replies)) server.replies.set(question, reply)
  return { server, client: nodeDns([server.address]) }
}

const a = (address: string, ttl: number) => ({ type: 'A', address, ttl }) as const
const aaaa = (address: string, ttl: number) => ({ type: 'AAAA', address, ttl }) as const

test('addresses come with their time to live, and are asked for anew each time', async t => {
  const { client, server } = await serverOf(t, {
    'A x.example': [a('10.0.0.7', 7), a('10.0.0.8', 9)],
    'AAAA x.example': [aaaa('fd00::1:2', 5)],
  })
  assert.deepEqual(await client.v4('x.example'), [
    { address: '10.0.0.7', ttl: 7 },
    { address: '10.0.0.8', ttl: 9 },
  ])
  assert.deepEqual(await client.v6('x.example'), [{ address: 'fd00::1:2', ttl: 5 }])
  await client.v4('x.example')
  assert.deepEqual(server.asked, ['A x.example', 'AAAA x.example', 'A x.example'])
})

test('SRV records come with all they say', async t => {
  const record = { ttl: 60, priority: 10, weight: 5, port: 8080 }
  const { client } = await serverOf(t, {
    'SRV _http._tcp.x.example': [
      { type: 'SRV', name: 'a.x.example', ...record },
      { type: 'SRV', name: '.', ...record },
    ],
  })
  const found = await client.srv('_http._tcp.x.example')
  assert.deepEqual(
    found.map(({ name, port, priority, weight }) => [name, port, priority, weight]),
    [
      ['a.x.example', 8080, 10, 5],
      ['', 8080, 10, 5],
    ],
  )
})

for (const [reply, reason] of [
  ['SERVFAIL', 'the name server failed'],
  ['NXDOMAIN', 'the name is not known'],
  [[], 'the name has no such records'],
] as const) {
  test(`an answer of ${reply.length === 0 ? 'nothing' : reply} is told as: ${reason}`, async t => {
    const { client } = await serverOf(t, { 'A x.example': reply })
    assert.equal(await client.v4('x.example').then(() => '', dnsReason), reason)
  })
}

test('a question that is not answered ends when it is cancelled', async t => {
  const { client, server } = await serverOf(t, { 'A x.example': 'silence' })
  const answer = client.v4('x.example').then(
    () => '',
    error => error.code,
  )
  while (server.asked.length === 0) await new Promise(resolve => setImmediate(resolve))
  client.cancel()
  assert.equal(await answer, 'ECANCELLED')
})

test('the targets of a service follow its name server', async t => {
  const name = 'SRV _http._tcp.x.example'
  const srv = (host: string, port: number) =>
    ({ type: 'SRV', ttl: 60, priority: 0, weight: 0, port, name: host }) as const
  const { server } = await serverOf(t, {
    [name]: [srv('a.x.example', 81)],
    'A a.x.example': [a('10.0.0.1', 30)],
    'A b.x.example': [a('10.0.0.2', 30)],
  })
  const host = '_http._tcp.x.example'
  const { told, due, pass, ready, stop } = watch(byName({ kind: 'srv', host, servers: [server.address] }))
  t.after(stop)
  const answered = async (times: number): Promise<void> => {
    while (told.length < times) await new Promise(resolve => setImmediate(resolve))
  }
  await ready
  assert.deepEqual([told, due()], [[['http://10.0.0.1:81 1 0']], [30_000]])
  server.replies.set(name, [srv('a.x.example', 81), srv('b.x.example', 82)])
  await pass(30_000)
  await answered(2)
  assert.deepEqual(told.at(-1), ['http://10.0.0.1:81 1 0', 'http://10.0.0.2:82 1 0'])
})

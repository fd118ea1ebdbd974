import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GET, OK, scene } from './support/fixture.ts'
import { answering, type UpstreamConnection } from './support/hostile-upstream.ts'
import { type Random, randomFrom } from './support/random.ts'
import { type RawClient, turn } from './support/raw-client.ts'
import { parseResponses, readResponses } from './support/responses.ts'

/** Both sides leave, stop and lie at any time. Afterwards nothing is held: no place, no connection, no request. */
const runs = Number(process.env['CHAOS_RUNS'] ?? 3000)
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000_000)

const ANSWERS = [
  OK,
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok',
  `HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n${'a'.repeat(200_000)}`,
  'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more',
  'nonsense\r\n\r\n',
  'HTTP/1.1 200',
  '',
] as const

const misbehave =
  (random: Random) =>
  async (connection: UpstreamConnection): Promise<void> => {
    for (;;) {
      const early = random.chance(0.2)
      if (early) await connection.waitFor(received => received.includes('\r\n\r\n'))
      else if ((await connection.request()) === null) return connection.finish()
      if (random.chance(0.3)) await turn(random.int(10))
      const answer = random.chance(0.6) ? OK : random.pick(ANSWERS)
      await connection.send(answer)
      const end = random.int(20)
      if (end === 0) return connection.reset()
      if (end === 1 || early || !answer.endsWith('ok')) return connection.finish()
    }
  }

const REQUESTS = [
  GET,
  GET + GET + GET,
  'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello',
  `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n${'b'.repeat(300_000)}`,
  'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello',
  'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhellox0\r\n\r\n',
  'GET /ws HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
  'BAD\r\n\r\n',
] as const

const visit = async (client: RawClient, random: Random): Promise<void> => {
  for (let n = 1 + random.int(3); n > 0 && !client.closed(); n--) {
    const request = random.pick(REQUESTS)
    const cutAt = random.chance(0.2) ? random.int(request.length) : request.length
    const sending = client.send(request.slice(0, cutAt))
    if (random.chance(0.1)) client.socket.pause()
    const patience = random.int(6)
    if (patience === 0) break
    if (patience === 1) await turn(random.int(8))
    else await client.waitFor(c => c.closed() || parseResponses(c.received()).some(answer => answer.complete), 20)
    await Promise.race([sending, turn(20)])
    client.forget()
  }
  const way = random.int(4)
  if (way === 0) client.reset()
  else if (way === 1) {
    client.finish()
    await turn(random.int(5))
    client.destroy()
  } else client.destroy()
}

test(`${runs} visits by unreliable clients to unreliable upstreams leave nothing behind`, {
  timeout: 120_000,
}, async t => {
  t.diagnostic(`seed ${seed}`)
  const random = randomFrom(seed)
  const {
    client: open,
    gateway,
    upstream,
  } = await scene(t, misbehave(random), {
    service: { connections: { max: 4, queue: 100 }, timeouts: { headMs: 5000 } },
  })
  let left = runs
  let peak = 0
  const crowd = async (): Promise<void> => {
    while (left-- > 0) {
      await visit(await open(), random)
      peak = Math.max(peak, gateway.gauge('sallyport_upstream_in_flight'))
    }
  }
  await Promise.all(Array.from({ length: 8 }, crowd))

  assert.ok(peak > 0 && peak <= 4, `${peak} places taken at most`)

  // 1. What was under way ends, though nobody waits for it.
  upstream.script(answering(OK))
  const busy = (): number =>
    gateway.gauge('sallyport_requests_in_flight') + gateway.gauge('sallyport_upstream_in_flight')
  const deadline = performance.now() + 8000
  while (busy() > 0 && performance.now() < deadline) await turn(50)
  assert.equal(gateway.gauge('sallyport_upstream_in_flight'), 0, 'places at the upstream')
  assert.equal(gateway.gauge('sallyport_requests_in_flight'), 0, 'requests')
  while (gateway.gauge('sallyport_connections') > 0 && performance.now() < deadline) await turn(50)
  assert.equal(gateway.gauge('sallyport_connections'), 0, 'connections of clients')
  const live = upstream.connections.filter(connection => !connection.closed()).length
  assert.ok(live <= 4, `${live} connections to the upstream`)

  // 2. And all four places can be had.
  let release = (): void => {}
  const go = new Promise<void>(resolve => {
    release = resolve
  })
  for (const connection of upstream.connections) connection.socket.destroy()
  upstream.script(async connection => {
    await connection.request()
    await go
    await connection.send(OK)
  })
  await turn(20)
  const before = upstream.connections.length
  const clients = await Promise.all(Array.from({ length: 4 }, open))
  for (const client of clients) await client.send(GET)
  while (upstream.connections.length < before + 4 && performance.now() < deadline + 3000) await turn()
  release()
  for (const client of clients) assert.equal((await readResponses(client, ['GET']))[0]?.status, 200)
})

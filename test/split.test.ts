import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type RunningGateway, startGateway } from './support/gateway.ts'
import {
  answering,
  type HostileUpstream,
  startHostileUpstream,
  type UpstreamConnection,
} from './support/hostile-upstream.ts'
import type { LenientRequest } from './support/lenient-request.ts'
import { bytewise, cut, openClient, type RawClient } from './support/raw-client.ts'
import { type RawResponse, readResponses } from './support/responses.ts'

/** Every message in two pieces at every byte, and one byte at a time: what comes of it never depends on the pieces. */

const sum = (response: RawResponse) => ({
  status: response.status,
  names: response.headers.map(([name]) => name.toLowerCase()).sort(),
  body: response.body.toString('latin1'),
  trailers: response.trailers,
  framing: response.framing,
  complete: response.complete,
})

const statuses = (outcome: { answers: readonly { status: number }[] }): number[] =>
  outcome.answers.map(answer => answer.status)

const open = async (gateway: RunningGateway): Promise<RawClient> => openClient(gateway.port)

interface RequestCase {
  readonly name: string
  readonly bytes: string
  /** One a request in `bytes`. */
  readonly methods: readonly string[]
}

const REQUESTS: readonly RequestCase[] = [
  { name: 'GET', bytes: 'GET /a?b=c HTTP/1.1\r\nHost: h\r\nX-A: b\r\n\r\n', methods: ['GET'] },
  {
    name: 'POST with a length',
    bytes: 'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello world',
    methods: ['POST'],
  },
  {
    name: 'POST with chunks and trailers',
    bytes:
      'POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n006\r\n world\r\n0\r\nX-T: u\r\n\r\n',
    methods: ['POST'],
  },
  {
    name: 'three requests at once',
    bytes:
      'GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcHEAD /3 HTTP/1.1\r\nHost: h\r\n\r\n',
    methods: ['GET', 'POST', 'HEAD'],
  },
  {
    name: 'Expect: 100-continue',
    bytes: 'POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello',
    methods: ['POST'],
  },
  { name: 'HTTP/1.0', bytes: 'GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', methods: ['GET'] },
  { name: 'an empty line first', bytes: '\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n', methods: ['GET'] },
]

const ECHO = async (connection: UpstreamConnection, seen: LenientRequest[]): Promise<void> => {
  for (let request = await connection.request(); request !== null; request = await connection.request()) {
    seen.push(request)
    const body = `${request.method} ${request.target} ${request.body.toString('latin1')}`
    const head = `HTTP/1.1 200 OK\r\nX-B: c\r\nContent-Length: ${body.length}\r\n\r\n`
    await connection.send(request.method === 'HEAD' ? head : head + body)
  }
}

suite('requests in pieces', () => {
  const seen: LenientRequest[] = []
  let upstream: HostileUpstream
  let gateway: RunningGateway
  before(async () => {
    upstream = await startHostileUpstream(connection => ECHO(connection, seen))
    gateway = await startGateway({ services: { app: upstream.port } })
  })
  after(async () => {
    await gateway.close()
    await upstream.close()
  })

  for (const { name, bytes, methods } of REQUESTS) {
    test(name, async () => {
      let client = await open(gateway)
      const outcome = async (pieces: readonly (string | Uint8Array)[]) => {
        if (client.closed()) client = await open(gateway)
        client.forget()
        seen.length = 0
        await client.sendPieces(pieces)
        const answers = await readResponses(client, methods)
        const forwarded = seen.map(request => `${request.method} ${request.target} ${request.body} ${request.trailers}`)
        // A 100 is sent or not, depending on whether the body was there already.
        return { answers: answers.filter(({ status }) => status !== 100).map(sum), forwarded }
      }
      const whole = await outcome([bytes])
      assert.deepEqual(
        statuses(whole),
        methods.map(() => 200),
        'in one piece',
      )
      for (let at = 1; at < bytes.length; at++) assert.deepEqual(await outcome(cut(bytes, at)), whole, `cut at ${at}`)
      assert.deepEqual(await outcome(bytewise(bytes)), whole, 'one byte at a time')
      client.destroy()
    })
  }
})

interface ResponseCase {
  readonly name: string
  readonly bytes: string
  readonly method?: string
  /** Default: 200. */
  readonly statuses?: readonly number[]
  /** The upstream ends the connection behind the answer. */
  readonly closes?: boolean
}

const RESPONSES: readonly ResponseCase[] = [
  { name: 'a length', bytes: 'HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 11\r\n\r\nhello world' },
  { name: 'no content', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' },
  {
    name: 'chunks and trailers',
    bytes:
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n006\r\n world\r\n0\r\nX-T: u\r\n\r\n',
  },
  { name: '204', bytes: 'HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n', statuses: [204] },
  {
    name: '304 with a length',
    bytes: 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 5\r\n\r\n',
    statuses: [304],
  },
  { name: 'HEAD', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', method: 'HEAD' },
  {
    name: '103 and 200',
    bytes: 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    statuses: [103, 200],
  },
  { name: 'no reason phrase', bytes: 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok' },
  { name: 'ended by the connection', bytes: 'HTTP/1.1 200 OK\r\nX-A: b\r\n\r\nhello', closes: true },
  { name: 'HTTP/1.0 ended by the connection', bytes: 'HTTP/1.0 200 OK\r\n\r\nhello', closes: true },
]

suite('responses in pieces', () => {
  let pieces: readonly Uint8Array[] = []
  let closes = false
  let upstream: HostileUpstream
  let gateway: RunningGateway
  before(async () => {
    upstream = await startHostileUpstream(async connection => {
      while ((await connection.request()) !== null) {
        await connection.sendPieces(pieces)
        if (closes) return connection.finish()
      }
    })
    gateway = await startGateway({ services: { app: upstream.port } })
  })
  after(async () => {
    await gateway.close()
    await upstream.close()
  })

  for (const { name, bytes, method = 'GET', statuses: expected = [200], closes: ends = false } of RESPONSES) {
    test(name, async () => {
      let client = await open(gateway)
      closes = ends
      const outcome = async (next: readonly Uint8Array[]) => {
        if (client.closed()) client = await open(gateway)
        client.forget()
        pieces = next
        await client.send(`${method} / HTTP/1.1\r\nHost: h\r\n\r\n`)
        return { answers: (await readResponses(client, [method])).map(sum) }
      }
      const whole = await outcome([Buffer.from(bytes)])
      assert.deepEqual(statuses(whole), expected, 'in one piece')
      for (let at = 1; at < bytes.length; at++) assert.deepEqual(await outcome(cut(bytes, at)), whole, `cut at ${at}`)
      assert.deepEqual(await outcome(bytewise(bytes)), whole, 'one byte at a time')
      client.destroy()
    })
  }
})

test('a large head and a large body in odd pieces', async t => {
  const upstream = await startHostileUpstream(answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
  const gateway = await startGateway({ services: { app: upstream.port } })
  t.after(async () => {
    await gateway.close()
    await upstream.close()
  })
  const client = await open(gateway)
  const fields = Array.from({ length: 60 }, (_, i) => `X-Field-${i}: ${'v'.repeat(150)}\r\n`).join('')
  const body = Buffer.alloc(300_000, 'body')
  const bytes = Buffer.concat([
    Buffer.from(`POST / HTTP/1.1\r\nHost: h\r\n${fields}Content-Length: ${body.length}\r\n\r\n`),
    body,
  ])
  for (const size of [997, 16_383, 65_537]) {
    const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    )
    client.forget()
    await client.sendPieces(parts)
    const [answer] = await readResponses(client, ['POST'])
    assert.equal(answer?.status, 200)
  }
  const forwarded = upstream.connections.reduce((total, connection) => total + connection.received().length, 0)
  assert.ok(forwarded > 3 * bytes.length)
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { suite, type TestContext, test } from 'node:test'
import tls from 'node:tls'
import { startGateway } from './support/gateway.ts'
import { startHostileUpstream } from './support/hostile-upstream.ts'
import { listen } from './support/listen.ts'
import { openClient } from './support/raw-client.ts'

/** TLS on either side. Writes are never taken at once there, and what was decrypted waits for nobody. */

const pem = (name: string): string => readFileSync(new URL(`../src/config/testdata/${name}`, import.meta.url), 'utf8')
const identity = { cert: pem('cert.pem'), key: pem('key.pem') }
tls.setDefaultCACertificates([identity.cert])

const body = Buffer.alloc(12_000_000)
for (let i = 0; i < body.length; i++) body[i] = (i * 7 + (i >> 8) * 13 + (i >> 16) * 31) & 255

const secureUpstream = async (t: TestContext, head: string, end: boolean): Promise<number> => {
  const server = tls.createServer(identity, socket => {
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write(head)
      socket.write(body)
      if (end) socket.end()
    })
  })
  const { port, close } = await listen(server)
  t.after(close)
  return port
}

suite('a TLS upstream', () => {
  for (const [framing, head] of [
    ['length', `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`],
    ['close', 'HTTP/1.1 200 OK\r\n\r\n'],
  ] as const) {
    test(`a slow reader gets every byte (${framing})`, async t => {
      const port = await secureUpstream(t, head, framing === 'close')
      const gateway = await startGateway({ services: { app: { ports: [port], tls: true } } })
      t.after(() => gateway.close())
      const client = await openClient(gateway.port)
      t.after(() => client.destroy())
      const parts: Buffer[] = []
      client.socket.removeAllListeners('data')
      client.socket.on('data', (chunk: Buffer) => {
        parts.push(chunk)
        client.socket.pause()
        setImmediate(() => client.socket.resume())
      })
      await client.send('GET / HTTP/1.0\r\nHost: h\r\n\r\n')
      await once(client.socket, 'end')
      const all = Buffer.concat(parts)
      const got = all.subarray(all.indexOf('\r\n\r\n') + 4)
      assert.equal(got.length, body.length)
      assert.ok(got.equals(body))
    })
  }
})

suite('a TLS listener', () => {
  const answer = async (port: number, request: string): Promise<string> => {
    const socket = tls.connect({ port, host: '127.0.0.1' })
    let text = ''
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
    })
    socket.write(request)
    await once(socket, 'end')
    socket.destroy()
    return text
  }

  test('a body that is broken from its first byte is refused once', async t => {
    const upstream = await startHostileUpstream()
    const gateway = await startGateway({ services: { app: upstream.port }, tls: true })
    t.after(async () => {
      await gateway.close()
      await upstream.close()
    })
    const text = await answer(gateway.port, 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n')
    assert.equal(text.match(/HTTP\/1.1 400/g)?.length, 1)
    assert.equal(gateway.gauge('sallyport_requests_in_flight'), 0)
    assert.equal(upstream.connections.length, 0)
  })
})

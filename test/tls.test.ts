import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import { createServer } from 'node:net'
import { suite, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { listen } from './support/listen.ts'
import { askOn, get, newTally, oneOf } from './support/load.ts'
import { metric, readScrape } from './support/metrics.ts'
import { startPatientUpstream } from './support/patient-upstream.ts'
import { openClient } from './support/raw-client.ts'
import { type Running, type RunOptions, startRunning } from './support/running.ts'

/** TLS on both sides of the real gateway. */

/** For `localhost` and 127.0.0.1; signed by itself, as the other. */
const LOCAL = new URL('../src/config/testdata/cert.pem', import.meta.url)
/** For `renewed.test`. */
const RENEWED = new URL('./data/renewed-cert.pem', import.meta.url)
const pair = (cert: URL): { cert: string; key: string } => ({
  cert: readFileSync(cert, 'utf8'),
  key: readFileSync(new URL(cert.href.replace('cert.pem', 'key.pem')), 'utf8'),
})
const local = pair(LOCAL)
const renewed = pair(RENEWED)
const asFiles = ({ cert, key }: typeof local) => ({ 'cert.pem': cert, 'key.pem': key })

const start = async (
  t: { after(end: () => unknown): void },
  config: string,
  options?: RunOptions,
): Promise<Running> => {
  const gateway = await startRunning(config, options)
  t.after(() => gateway.stop())
  return gateway
}

const secure = (port: number, head = '10s'): string => `
listeners: { web: { address: 127.0.0.1:0, tls: { cert: ./cert.pem, key: ./key.pem }, timeout: { head: ${head} } } }
admin: 127.0.0.1:0
workers: 2
services: { app: "http://127.0.0.1:${port}" }
routes: [ { prefix: /, to: app } ]
`

/** A handshake without looking at the certificate; the test does that. */
const openTls = (port: number): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] })
    socket.once('secureConnect', () => resolve(socket))
    socket.once('error', reject)
  })

const askTls = (socket: TLSSocket, path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ''
    const take = (chunk: Buffer): void => {
      text += chunk.toString('latin1')
      if (!text.endsWith(path)) return
      socket.off('data', take)
      resolve(text)
    }
    socket.on('data', take)
    socket.once('close', () => reject(new Error(`closed after ${JSON.stringify(text)}`)))
    socket.write(get(path))
  })

suite('TLS to clients', () => {
  test('requests work, and a renewed certificate is served to new connections after SIGHUP', async t => {
    const upstream = await startPatientUpstream('A')
    t.after(() => upstream.close())
    const gateway = await start(t, secure(upstream.port), { files: asFiles(local) })
    const old = await openTls(gateway.port)
    assert.equal(old.alpnProtocol, 'http/1.1')
    assert.equal(old.getPeerCertificate().subject.CN, 'localhost')
    for (let n = 0; n < 3; n++) assert.match(await askTls(old, `/api/${n}`), /^HTTP\/1\.1 200 OK\r\n/)

    await gateway.put('cert.pem', renewed.cert)
    await gateway.put('key.pem', renewed.key)
    // The change may be noticed and taken over before the signal comes; either way it is served afterwards.
    assert.match(await gateway.reload(secure(upstream.port)), /^reloaded/)
    for (let n = 0; n < 6; n++) {
      const socket = await openTls(gateway.port)
      assert.equal(socket.getPeerCertificate().subject.CN, 'renewed.test')
      assert.match(await askTls(socket, `/api/new/${n}`), /^HTTP\/1\.1 200 OK\r\n/)
      socket.destroy()
    }
    assert.match(await askTls(old, '/api/old'), /^HTTP\/1\.1 200 OK\r\n/, 'open connections go on')
    old.destroy()

    await gateway.put('key.pem', local.key)
    assert.match(await gateway.reload(secure(upstream.port)), /^not reloaded, .*1 error/)
    const socket = await openTls(gateway.port)
    assert.equal(socket.getPeerCertificate().subject.CN, 'renewed.test')
    socket.destroy()
  })

  test('plain HTTP, junk and a handshake that never ends are closed and harm nobody', async t => {
    const upstream = await startPatientUpstream('A')
    t.after(() => upstream.close())
    const gateway = await start(t, secure(upstream.port, '1s'), { files: asFiles(local) })
    for (const bytes of [
      get('/'),
      'junk\r\n\r\n',
      '\x16\x03\x01\xff\xff junk',
      '\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00',
    ]) {
      const client = await openClient(gateway.port)
      await client.send(bytes)
      assert.ok(await client.waitForClose(5000), JSON.stringify(bytes))
      assert.doesNotMatch(client.received().toString('latin1'), /HTTP\//)
      client.destroy()
    }
    const began = performance.now()
    const silent = await Promise.all(
      ['', '\x16', '\x16\x03\x01\x02\x00'].map(async bytes => {
        const client = await openClient(gateway.port)
        if (bytes !== '') await client.send(bytes)
        assert.ok(await client.waitForClose(5000), 'the time for the head is the time for the handshake too')
        client.destroy()
        return performance.now() - began
      }),
    )
    for (const ms of silent) assert.ok(ms > 800 && ms < 4000, `closed after ${ms} ms`)

    // A handshake without a request has that time as well.
    const idle = await openTls(gateway.port)
    const closed = new Promise(resolve => idle.once('close', resolve))
    idle.resume()
    await closed

    const socket = await openTls(gateway.port)
    assert.match(await askTls(socket, '/api/after'), /^HTTP\/1\.1 200 OK\r\n/)
    socket.destroy()
    const scrape = readScrape((await gateway.admin('/metrics')).text)
    assert.equal(metric(scrape, 'sallyport_worker_restarts_total'), 0)
    assert.doesNotMatch(gateway.err(), /"level":"error"/)
  })
})

suite('TLS to services', () => {
  const before = (url: string): string => `
listeners: { web: 127.0.0.1:0 }
admin: 127.0.0.1:0
workers: 1
services: { app: "${url}" }
routes: [ { prefix: /, to: app } ]
`
  const problemOf = async (gateway: Running): Promise<{ status: number; code: string; detail: string }> =>
    (await fetch(`http://127.0.0.1:${gateway.port}/`)).json() as Promise<{
      status: number
      code: string
      detail: string
    }>

  test('a certificate that is trusted and meant for the host is taken', async t => {
    const server = createHttpsServer(local, (request, response) => response.end(`S ${request.url}`))
    const upstream = await listen(server)
    t.after(() => upstream.close())
    const gateway = await start(t, before(`https://localhost:${upstream.port}`), {
      env: { NODE_EXTRA_CA_CERTS: fileURLToPath(LOCAL) },
    })
    const tally = newTally()
    const client = await openClient(gateway.port)
    for (let n = 0; n < 5; n++) {
      const path = `/api/${n}`
      assert.ok(await askOn(client, { name: path, bytes: get(path), judge: oneOf(`S ${path}`) }, tally))
    }
    client.destroy()
    assert.deepEqual(tally, { sent: 5, right: 5, wrong: [], lost: [] })
  })

  test('one that is not is a 502 that says so, unlike a refusal', async t => {
    const untrusted = await listen(createHttpsServer(local))
    const other = await listen(createHttpsServer(renewed))
    const plain = await listen(createServer(socket => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')))
    const closed = await listen(createServer())
    await closed.close()
    t.after(() => Promise.all([untrusted, other, plain].map(each => each.close())))
    const said = async (url: string, env: NodeJS.ProcessEnv = {}): Promise<string> => {
      const gateway = await startRunning(before(url), { env })
      try {
        const { status, code, detail } = await problemOf(gateway)
        assert.equal(status, 502)
        assert.equal(code, 'UPSTREAM_CONNECT')
        return detail
      } finally {
        await gateway.stop()
      }
    }
    const trusted = { NODE_EXTRA_CA_CERTS: fileURLToPath(RENEWED) }
    const [self, name, notTls, refused] = await Promise.all([
      said(`https://127.0.0.1:${untrusted.port}`),
      said(`https://127.0.0.1:${other.port}`, trusted),
      said(`https://127.0.0.1:${plain.port}`),
      said(`https://127.0.0.1:${closed.port}`),
    ])
    t.diagnostic([self, name, notTls, refused].join(' | '))
    assert.match(self, /certificate.*not trusted/)
    assert.match(name, /certificate.*another name/)
    assert.match(notTls, /TLS/)
    assert.match(refused, /ECONNREFUSED/)
    for (const detail of [self, name, notTls]) assert.doesNotMatch(detail, /ECONNREFUSED/)
  })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { type AdminState, startAdmin } from '../src/admin/server.ts'

const READY: AdminState = {
  metrics: () => '# TYPE up gauge\nup 1\n',
  services: { list: () => [], find: () => undefined, force: () => false, drain: () => false },
  revocations: { count: () => 7, revoke: async () => {}, reinstate: async () => {} },
  ready: () => ({ ok: true, detail: { 'worker 0': 'serving' } }),
}

const start = async (t: TestContext, state: Partial<AdminState> = {}) => {
  const admin = await startAdmin({ address: { host: '127.0.0.1', port: 0 }, state: { ...READY, ...state } })
  t.after(() => admin.close())
  return admin
}

interface Asked {
  readonly method?: string
  readonly host?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const ask = async (port: number, path: string, asked: Asked = {}) => {
  const { method = 'GET', host = `127.0.0.1:${port}`, headers, body } = asked
  const outgoing = request({ host: '127.0.0.1', port, path, method, headers: { host, ...headers }, agent: false })
  outgoing.end(body)
  const [response] = await once(outgoing, 'response')
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

test('metrics, health and readiness', async t => {
  const { address } = await start(t)
  const metrics = await ask(address.port, '/metrics?x=1')
  assert.equal(metrics.status, 200)
  assert.equal(metrics.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(metrics.body, READY.metrics())
  assert.equal((await ask(address.port, '/healthz')).status, 200)
  const ready = await ask(address.port, '/readyz')
  assert.deepEqual([ready.status, JSON.parse(ready.body)], [200, { ready: true, detail: { 'worker 0': 'serving' } }])
  assert.match((await ask(address.port, '/')).body, /\/metrics/)
})

test('not ready says what is not', async t => {
  const detail = { 'worker 0': 'serving', 'worker 1': 'starting' }
  const { address } = await start(t, { ready: () => ({ ok: false, detail }) })
  const { status, body } = await ask(address.port, '/readyz')
  assert.deepEqual([status, JSON.parse(body)], [503, { ready: false, detail }])
  assert.equal((await ask(address.port, '/healthz')).status, 200)
})

test('HEAD has the length and no body', async t => {
  const { address } = await start(t)
  const { status, headers, body } = await ask(address.port, '/metrics', { method: 'HEAD' })
  assert.deepEqual([status, headers['content-length'], body], [200, String(READY.metrics().length), ''])
})

test('everything else is a problem with its code', async t => {
  const { address } = await start(t, {
    metrics: () => {
      throw new Error('secret detail')
    },
  })
  const cases = [
    ['/nope', {}, 404, 'NO_ROUTE'],
    ['/nope', { method: 'POST' }, 404, 'NO_ROUTE'],
    ['/v1/services/none', {}, 404, 'NO_ROUTE'],
    ['/healthz', { method: 'POST' }, 405, 'METHOD_NOT_ALLOWED'],
    ['/healthz', { host: 'evil.example' }, 403, 'FORBIDDEN'],
    ['/nope', { host: 'evil.example', method: 'DELETE' }, 403, 'FORBIDDEN'],
    ['/metrics', {}, 500, 'INTERNAL'],
  ] as const
  for (const [path, options, status, code] of cases) {
    const answer = await ask(address.port, path, options)
    assert.equal(answer.status, status)
    assert.equal(answer.headers['content-type'], 'application/problem+json')
    const problem = JSON.parse(answer.body)
    assert.deepEqual([problem.status, problem.code], [status, code])
    assert.equal(problem.requestId, answer.headers['x-request-id'])
    assert.ok(!answer.body.includes('secret detail'))
    assert.equal(answer.headers.allow, status === 405 ? 'GET, HEAD' : undefined)
  }
})

test('a write needs the header that no web page can send, and a body of bounded size', async t => {
  const orders: unknown[] = []
  const note = async (order: unknown): Promise<void> => void orders.push(order)
  const { address } = await start(t, { revocations: { count: () => orders.length, revoke: note, reinstate: note } })
  const post = (asked: Asked) => ask(address.port, '/v1/revocations', { method: 'POST', body: '{"jti":"a"}', ...asked })
  const headers = { 'sallyport-admin': '1' }

  assert.equal((await post({})).status, 403)
  assert.equal((await post({ headers, host: 'evil.example' })).status, 403)
  assert.equal((await post({ headers, method: 'PUT' })).headers.allow, 'GET, HEAD, POST, DELETE')
  assert.equal((await post({ headers, body: 'x'.repeat(9000) })).status, 413)
  assert.equal((await post({ headers, body: 'x' })).status, 400)
  assert.deepEqual(orders, [])
  assert.deepEqual([(await post({ headers })).body, orders.length], ['{"count":1}\n', 1])
  assert.equal((await ask(address.port, '/v1/revocations')).body, '{"count":1}\n')
})

test('a page that only changes something is not to be read', async t => {
  const asked: unknown[] = []
  const note = (...order: unknown[]): boolean => asked.push(order) > 0
  const { address } = await start(t, { services: { list: () => [], find: () => undefined, force: note, drain: note } })
  const path = '/v1/services/orders/breaker'
  const headers = { 'sallyport-admin': '1' }
  const read = await ask(address.port, path)
  assert.deepEqual([read.status, read.headers.allow], [405, 'POST'])
  const body = '{"state":"open"}'
  assert.equal((await ask(address.port, path, { method: 'POST', body })).status, 403)
  assert.equal((await ask(address.port, path, { method: 'POST', body, headers, host: 'evil.example' })).status, 403)
  assert.deepEqual(asked, [])
  await ask(address.port, `${path}?x=1`, { method: 'POST', body, headers })
  assert.deepEqual(asked, [['orders', undefined, 'open']])
})

test('a head that is too large is refused', async t => {
  const { address } = await start(t)
  const { status } = await ask(address.port, `/${'x'.repeat(9_000)}`)
  assert.equal(status, 431)
})

test('a port in use is one clear sentence', async t => {
  const { address } = await start(t)
  await assert.rejects(startAdmin({ address, state: READY }), {
    message: `cannot open the admin listener on 127.0.0.1:${address.port}: the port is in use; stop the program that holds it or change admin.address`,
  })
})

test('closing ends idle connections and frees the port', async () => {
  const admin = await startAdmin({ address: { host: '127.0.0.1', port: 0 }, state: READY })
  const idle = connect(admin.address.port, '127.0.0.1')
  idle.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(idle, 'data')
  await Promise.all([once(idle, 'close'), admin.close()])
  const again = await startAdmin({ address: admin.address, state: READY })
  await again.close()
})

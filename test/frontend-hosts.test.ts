import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import type { RouteSpec } from '../src/spec/spec.ts'
import { startGateway } from './support/gateway.ts'
import { openClient } from './support/raw-client.ts'
import { exchange, type RawResponse } from './support/responses.ts'

/** However a host is written, what a frontend claims is answered by its own routes, and its routes by nothing else. */

const says = (
  name: string,
  prefix: string,
  given: Partial<RouteSpec> = {},
): Partial<RouteSpec> & Pick<RouteSpec, 'name'> => ({
  name,
  match: { kind: 'prefix', pattern: prefix },
  action: { kind: 'respond', status: 200, headers: [], body: name },
  ...given,
})

const start = async (t: TestContext) => {
  const gateway = await startGateway({
    services: { app: { ports: [1] } },
    frontends: [
      { name: 'mobile', hosts: ['m.example.com'], prefix: '', listeners: [] },
      { name: 'partners', hosts: ['*.partners.example.com'], prefix: '', listeners: [] },
    ],
    routes: [
      says('all', '/', { priority: 9 }),
      says('mobile', '/orders', { frontend: 'mobile', hosts: ['m.example.com'] }),
      says('partners', '/orders', { frontend: 'partners', hosts: ['*.partners.example.com'] }),
    ],
  })
  t.after(() => gateway.close())
  return async (head: string): Promise<RawResponse> => {
    const client = await openClient(gateway.port)
    try {
      return await exchange(client, `${head}\r\n\r\n`)
    } finally {
      client.destroy()
    }
  }
}

const hosted = (path: string, host: string): string => `GET ${path} HTTP/1.1\r\nHost: ${host}`
const absolute = (path: string, host: string): string => `GET http://${host}${path} HTTP/1.1\r\nHost: other.org`
const absoluteInHost = (path: string, host: string): string => `GET http://other.org${path} HTTP/1.1\r\nHost: ${host}`

const claimed: readonly [host: string, frontend: string][] = [
  ['m.example.com', 'mobile'],
  ['M.Example.COM', 'mobile'],
  ['m.example.com:80', 'mobile'],
  ['m.example.com:65535', 'mobile'],
  ['m.example.com:', 'mobile'],
  ['m.example.com.', 'mobile'],
  ['m.example.com.:8080', 'mobile'],
  ['a.partners.example.com', 'partners'],
  ['a.b.PARTNERS.example.com.:1', 'partners'],
]

const malformed = [
  'm.example.com..',
  'm.example.com..:80',
  'm..example.com',
  '.m.example.com',
  '.',
  '.partners.example.com',
  'a..partners.example.com',
  'm.example.com:80:80',
  'm.example.com:x',
  'm.example.com:65536',
  'x@m.example.com',
  'm.example.com@other.org',
  'm.example.com,other.org/',
  'm.example.com\\.other.org',
  '[m.example.com]',
]

/** Names of their own, near as they look. */
const others = ['example.com', 'xm.example.com', 'm.example.com.org', 'm%2Eexample.com', 'partners.example.com', 'm']

suite('hosts of frontends', () => {
  for (const [host, frontend] of claimed) {
    test(`${host} is of ${frontend}, in Host and in the target`, async t => {
      const ask = await start(t)
      for (const form of [hosted, absolute]) {
        const { status, body } = await ask(form('/orders', host))
        assert.deepEqual([status, body.toString()], [200, frontend])
        assert.equal((await ask(form('/users', host))).status, 404)
      }
      assert.equal((await ask(absoluteInHost('/orders', host))).body.toString(), 'all')
    })
  }

  for (const host of malformed) {
    test(`${host} is malformed`, async t => {
      const ask = await start(t)
      assert.equal((await ask(hosted('/orders', host))).status, 400)
      assert.equal((await ask(absoluteInHost('/orders', host))).status, 400)
      if (!host.includes('/')) assert.equal((await ask(absolute('/orders', host))).status, 400)
    })
  }

  for (const host of others) {
    test(`${host} is of nobody`, async t => {
      const ask = await start(t)
      assert.equal((await ask(hosted('/orders', host))).body.toString(), 'all')
      assert.equal((await ask(absolute('/orders', host))).body.toString(), 'all')
    })
  }

  test('no host, and two', async t => {
    const ask = await start(t)
    assert.equal((await ask('GET /orders HTTP/1.0')).body.toString(), 'all')
    assert.equal((await ask(`${hosted('/orders', 'other.org')}\r\nHost: m.example.com`)).status, 400)
  })

  test('on one connection each request counts for itself', async t => {
    const gateway = await startGateway({
      services: { app: { ports: [1] } },
      frontends: [{ name: 'mobile', hosts: ['m.example.com'], prefix: '', listeners: [] }],
      routes: [says('all', '/'), says('mobile', '/orders', { frontend: 'mobile', hosts: ['m.example.com'] })],
    })
    const client = await openClient(gateway.port)
    t.after(async () => {
      client.destroy()
      await gateway.close()
    })
    for (const host of ['other.org', 'm.example.com', 'other.org', 'm.example.com.', 'm.example.com']) {
      const { body } = await exchange(client, `${hosted('/orders', host)}\r\n\r\n`)
      assert.equal(body.toString(), host === 'other.org' ? 'all' : 'mobile')
    }
  })
})

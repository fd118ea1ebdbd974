import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { type Config, createGateway, type Gateway } from '../src/index.ts'
import { type Listening, listen } from './support/listen.ts'

// Regular expressions end to end: what they match is used where parameters of paths are.

let upstream: Listening
let gateway: Gateway
let url = ''

before(async () => {
  upstream = await listen(createServer((request, response) => response.end(JSON.stringify(request.url))))
  const config: Config = {
    listeners: { web: '127.0.0.1:0' },
    services: { files: `http://127.0.0.1:${upstream.port}` },
    routes: [
      {
        regex: '/files/(?<year>20[0-9]{2})/(?<name>[^/]+)\\.pdf',
        methods: ['GET'],
        to: 'files',
        rewrite: '/{year}/{name}',
      },
      { regex: '/limited/(?<id>[a-z]+)', to: 'files', rateLimit: { limit: '1/1m', by: 'param:id' } },
      {
        prefix: '/t/{tenant}',
        routes: [
          { regex: '/(?<id>[0-9]+)', aggregate: { branches: { one: { to: 'files', path: '/{tenant}/{id}' } } } },
        ],
      },
      { path: '/v', to: 'files', headers: { 'x-v': { regex: '[12]' } }, query: { q: { regex: '.*a.*' } } },
      { regex: '/part-(?<name>.*)', to: 'files', rewrite: '/private/{name}' },
      { regex: '/two-(?<a>.*)-(?<b>.*)', to: 'files', rewrite: '/private/{a}{b}/x' },
      { path: '/moved', redirect: { host: 'new.example', port: 8080 } },
    ],
  }
  gateway = await createGateway(config, { log: { info() {}, warn() {}, error() {} } })
  url = (await gateway.start()).url
})
after(async () => {
  await gateway.stop()
  await upstream.close()
})

const ask = async (path: string, init: RequestInit = {}): Promise<[status: number, body: string, of: Headers]> => {
  const answer = await fetch(url + path, { redirect: 'manual', ...init })
  return [answer.status, await answer.text(), answer.headers]
}

test('groups are put into the path that goes upstream, as they came', async () => {
  assert.deepEqual((await ask('/files/2024/a%2fb%20c.pdf?x=1')).slice(0, 2), [200, '"/2024/a%2Fb%20c?x=1"'])
  assert.equal((await ask('/files/1999/a.pdf'))[0], 404)
  const [status, , headers] = await ask('/files/2024/a.pdf', { method: 'POST' })
  assert.deepEqual([status, headers.get('allow')], [405, 'GET, HEAD, OPTIONS'])
})

test('no group, nor several together, leave the place that a rewrite puts them in', async () => {
  assert.equal((await ask('/part-a..b/.c'))[1], '"/private/a..b/.c"')
  for (const path of [
    '/part-..',
    '/part-../a',
    '/part-..;x/a',
    '/part-.',
    '/part-./a',
    '/two-.-.',
    '/two-a/.-.',
    '/two--..',
  ]) {
    const [status, body] = await ask(path)
    assert.equal(status, 400, `${path} ${body}`)
    assert.match(body, /"BAD_REQUEST".*dot segment/)
  }
})

test('limits count by a group', async () => {
  assert.equal((await ask('/limited/a'))[0], 200)
  assert.equal((await ask('/limited/a'))[0], 429)
  assert.equal((await ask('/limited/b'))[0], 200)
})

test('a branch takes a group, and a parameter of what is around', async () => {
  assert.deepEqual((await ask('/t/acme/7')).slice(0, 2), [200, '{"one":"/acme/7"}'])
})

test('headers and queries', async () => {
  assert.equal((await ask('/v?q=b%61c', { headers: { 'x-v': '2' } }))[0], 200)
  assert.equal((await ask('/v?q=bc', { headers: { 'x-v': '2' } }))[0], 404)
  assert.equal((await ask('/v?q=a', { headers: { 'x-v': '12' } }))[0], 404)
})

test('a redirect to another host and port', async () => {
  const [status, , headers] = await ask('/moved?x=1')
  assert.deepEqual([status, headers.get('location')], [302, 'http://new.example:8080/moved?x=1'])
})

test('the longest and most hostile path is answered like any other', async () => {
  const long = `/files/2024/${'a.pdf'.repeat(1600)}`
  assert.equal((await ask(long))[0], 200)
  assert.equal((await ask(`${long}x`))[0], 404)
})

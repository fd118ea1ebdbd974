import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse } from 'yaml'
import { stopAll, temporaryFolder } from './children.ts'
import { type Credential, writeCredentials } from './credentials.ts'
import { launchKrakend } from './gateways.ts'
import type { Peer } from './peer.ts'
import { PEERS, startPeer } from './peers.ts'
import { CONFIGS, pinnedNode } from './places.ts'
import { get } from './ports.ts'
import { fill } from './template.ts'
import { startUpstream } from './upstream.ts'
import { WORKS } from './works.ts'

const FAKE = [pinnedNode(), join(import.meta.dirname, 'testing/fake-krakend.ts')] as const

let folder = ''
let upstream = 0
let client: Credential
before(async () => {
  folder = temporaryFolder()
  client = writeCredentials(folder)
  upstream = (await startUpstream(folder)).port
})
after(stopAll)

const peer = (name: string): Peer => PEERS.find(one => one.name === name)!

const configured = (name: string, edit: string): string =>
  fill(readFileSync(join(CONFIGS, name), 'utf8'), {
    PORT: 1,
    UPSTREAM: 2,
    EDIT: edit,
    ROUTES: 'routes.yaml',
    EXPERIMENTAL: '',
  })

test('configurations are filled in and can be parsed', () => {
  for (const name of ['envoy.yaml', 'traefik.yaml', 'traefik-routes.yaml']) {
    assert.equal(typeof parse(configured(name, '')), 'object', name)
  }
  assert.match(configured('Caddyfile', ''), /reverse_proxy 127\.0\.0\.1:2 /)
  for (const edit of ['', ', "allow": ["id"]']) {
    const { endpoints } = JSON.parse(configured('krakend.json', edit))
    assert.equal(endpoints.at(-1).backend.length, 4)
  }
})

test('KrakenD has an endpoint for each path that it is asked for', () => {
  const { endpoints } = JSON.parse(configured('krakend.json', ''))
  const patterns = (endpoints as { endpoint: string; method?: string }[]).map(
    ({ endpoint, method = 'GET' }) => `${method} ${endpoint}`,
  )
  for (const work of WORKS.filter(one => one.peers.some(name => name.startsWith('krakend')))) {
    for (const template of work.templates) {
      const wanted = `${work.method} ${template.split('?')[0]!.replace('#', '{id}')}`
      assert.ok(patterns.includes(wanted), wanted)
    }
  }
})

test('what is not installed says so in a line', () => {
  const path = process.env['PATH']
  process.env['PATH'] = '/nowhere'
  try {
    for (const name of ['envoy', 'caddy', 'traefik', 'krakend']) {
      assert.equal(peer(name).missing(), `${name} is not installed`)
    }
    assert.equal(peer('krakend-four').missing(), 'krakend is not installed')
  } finally {
    process.env['PATH'] = path
  }
})

test('KrakenD is started with its configuration, passes on and makes one answer of four', async () => {
  const launches = [
    ['krakend', ''],
    ['krakend-four', ''],
    ['krakend-four-picked', ', "allow": ["id", "name"]'],
  ] as const
  for (const [name, edit] of launches) {
    const running = await startPeer(
      { ...peer(name), launch: launchKrakend(name, edit, FAKE) },
      upstream,
      folder,
      client,
    )
    assert.equal((await get(running.port, '/api/carts/1')).status, 404, 'only POST is configured')
  }
})

test('one that gives whole parts where two members are wanted is left out', async () => {
  const wrong = { ...peer('krakend-four-picked'), launch: launchKrakend('wrong', '', FAKE) }
  await assert.rejects(startPeer(wrong, upstream, folder, client), /does not make one answer of four/)
})

test('one that makes no request ids is left out unless its title says so', async () => {
  const { leavesOut, ...rest } = peer('krakend')
  const silent = { ...rest, launch: launchKrakend('silent', '', FAKE) }
  await assert.rejects(startPeer(silent, upstream, folder, client), /does not do the same work: proto/)
  assert.ok(leavesOut?.includes('requestId'))
  for (const one of PEERS.filter(each => each.leavesOut && each.passesOn !== false && each.proofs.length === 0)) {
    assert.match(one.title, /no request ids/)
  }
})

test('the Node packages do the same work as the others', async () => {
  for (const name of ['http-proxy', 'fastify-http-proxy']) {
    const { port } = await startPeer(peer(name), upstream, folder, client)
    assert.equal((await get(port, '/api/reports/1')).body.length, 65_536)
  }
})

/** Asks for 1 MB and leaves at the first byte of it. */
const leave = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /api/exports/1 HTTP/1.1\r\nHost: a\r\n\r\n'))
    socket.on('error', reject).on('close', () => resolve())
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer in 5 s')))
    socket.once('data', () => socket.destroy())
  })

test('http-proxy outlives clients that leave, as wrk does at the end of each run', async () => {
  const { port } = await startPeer(peer('http-proxy'), upstream, folder, client)
  for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 40 }, () => leave(port)))
  assert.equal((await get(port, '/api/orders/1')).status, 200)
})

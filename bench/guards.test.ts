import assert from 'node:assert/strict'
import { createPublicKey, hash, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse } from 'yaml'
import { type Credential, consumersFile, credentialsFile, issuerFile, writeCredentials } from './credentials.ts'
import { PEERS } from './peers.ts'
import { CONFIGS } from './places.ts'
import { changed, checksKeys, checksTokens, counts } from './proofs.ts'
import { fill } from './template.ts'
import { WORKS } from './works.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-test-'))
after(() => rmSync(folder, { recursive: true }))
const first = writeCredentials(folder)

const lines = (): Credential[] =>
  readFileSync(credentialsFile(folder), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => ({ token: line.split(' ')[0]!, key: line.split(' ')[1]! }))

test('1,000 clients, each with a token of its own that the written key verifies', () => {
  const clients = lines()
  assert.equal(new Set(clients.map(({ token }) => token)).size, 1000)
  assert.deepEqual(clients[0], first)
  const key = createPublicKey({ key: JSON.parse(readFileSync(issuerFile(folder), 'utf8')), format: 'jwk' })
  const isSigned = (token: string): boolean => {
    const [head, claims, signature] = token.split('.')
    return verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature!, 'base64url'))
  }
  for (const { token } of clients) {
    assert.ok(token.length > 600 && token.length < 900, `${token.length}`)
    assert.ok(isSigned(token))
  }
  assert.ok(!isSigned(changed(first.token)))
})

test('the hash of each key is written once, for 100 consumers', () => {
  const { consumers } = parse(readFileSync(consumersFile(folder), 'utf8'))
  assert.equal(Object.keys(consumers).length, 100)
  const hashes = Object.values(consumers).flatMap(one => (one as { keys: string[] }).keys)
  assert.deepEqual(
    hashes,
    lines().map(({ key }) => `sha256:${hash('sha256', key, 'hex')}`),
  )
})

test('the guarded routes are those of the plain configuration, each but the fixed answers with the guard', () => {
  const read = (name: string): string => readFileSync(join(CONFIGS, name), 'utf8')
  const plain = parse(read('sallyport.yaml'))
  const guarded = parse(
    fill(read('guarded.yaml'), {
      TOP: '',
      EACH: ', auth: main',
      BACKEND: '{ url: "http://127.0.0.1:${env:BENCH_UPSTREAM}" }',
    }),
  )
  const wanted = plain.routes.map((route: { to?: string }) => (route.to ? { ...route, auth: 'main' } : route))
  assert.deepEqual(guarded, { ...plain, routes: wanted })
})

test('every peer that a work names exists, and every peer is in some work', () => {
  const named = new Set(WORKS.flatMap(work => work.peers))
  assert.deepEqual([...named].sort(), PEERS.map(peer => peer.name).sort())
})

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const withServer = async (answer: Answer, run: (port: number) => Promise<void>): Promise<void> => {
  const server = createServer((request, response) => {
    answer(request, response)
    response.end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  await run(address.port).finally(() => server.close())
}

const place = (port: number) => ({ port, upstream: 0, folder })

test('a peer that lets anything pass does not check credentials', async () => {
  await withServer(
    () => {},
    async port => {
      await assert.rejects(checksTokens(place(port), first), /no token is answered 200/)
      await assert.rejects(checksKeys(place(port), first), /no key is answered 200/)
    },
  )
})

test('nor does one that only looks whether there are some', async () => {
  const looks: Answer = ({ headers }, response) => {
    response.statusCode = headers.authorization && headers['x-api-key'] ? 200 : 401
  }
  await withServer(looks, async port => {
    await assert.rejects(checksTokens(place(port), first), /a forged token is answered 200/)
    await assert.rejects(checksKeys(place(port), first), /an unknown key is answered 200/)
  })
})

test('a peer counts when it says that less is left than the quota', async () => {
  const says =
    (left: number): Answer =>
    (_, response) =>
      response.setHeaders(
        new Map(Object.entries({ 'RateLimit-Policy': '"a";q=9;w=1', RateLimit: `"a";r=${left};t=1` })),
      )
  await withServer(says(8), port => counts(place(port), first))
  await withServer(says(9), port => assert.rejects(counts(place(port), first), /9 of 9/))
  await withServer(
    () => {},
    port => assert.rejects(counts(place(port), first), /NaN/),
  )
})

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { showProblem } from '../spec/problem.ts'
import type { JwtKeysSpec } from '../spec/spec-auth.ts'
import { type Loaded, loadConfig } from './load.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const spki = publicKey.export({ format: 'pem', type: 'spki' }).toString()
const pkcs1 = publicKey.export({ format: 'pem', type: 'pkcs1' }).toString()
const secret = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
const jwk = publicKey.export({ format: 'jwk' })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ format: 'pem', type: 'spki' })
  .toString()
const certificate = readFileSync(join(import.meta.dirname, 'testdata/cert.pem'), 'utf8')

const FILES: Record<string, string> = {
  'spki.pem': spki,
  'pkcs1.pem': pkcs1,
  'both.pem': `# comment\n${spki}\n${ec}`,
  'cert.pem': certificate,
  'private.pem': secret,
  'cut.pem': spki.replace(/\n.{20}/, '\n'),
  'key.json': JSON.stringify(jwk),
  'set.json': JSON.stringify({ keys: [jwk, { kty: 'new' }] }),
  'private.json': JSON.stringify(privateKey.export({ format: 'jwk' })),
  'list.json': '[]',
  'junk.txt': 'hunter2',
  'long.json': `{"kty":"RSA","n":"${'x'.repeat(1024 * 1024)}"}`,
}

const load = (keys: string, algorithms = '[RS256]', env: Record<string, string> = {}): Promise<Loaded> =>
  loadConfig({
    cwd: '/etc/gate',
    env,
    cores: 1,
    readFile: async path => {
      const name = path.slice('/etc/gate/'.length)
      if (name === 'sallyport.yaml') return `auth:\n  main: { jwt: { algorithms: ${algorithms}, keys: ${keys} } }\n`
      const content = FILES[name]
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return content
    },
  })

const keysOf = ({ spec, problems }: Loaded): JwtKeysSpec | undefined => {
  assert.deepEqual(problems.map(showProblem), [])
  const [way] = spec?.auth ?? []
  return way?.kind === 'jwt' ? way.keys : undefined
}

test('keys from files, however they are written, and the files are watched', async () => {
  for (const name of ['spki.pem', 'pkcs1.pem', 'key.json', 'set.json', 'both.pem']) {
    const loaded = await load(`./${name}`)
    assert.deepEqual(keysOf(loaded), { kind: 'static', keys: [jwk] }, name)
    assert.deepEqual(loaded.watched, ['/etc/gate/sallyport.yaml', `/etc/gate/${name}`])
  }
  const several = keysOf(await load('[spki.pem, both.pem, set.json]', '[RS256, ES256]'))
  assert.equal(several?.kind === 'static' && several.keys.length, 4)
  assert.equal(keysOf(await load('cert.pem', '[ES256, RS256]'))?.kind, 'static')
})

test('keys from the environment', async () => {
  for (const [KEY = ''] of [[spki], [JSON.stringify(jwk)], [JSON.stringify({ keys: [jwk] })]]) {
    assert.deepEqual(keysOf(await load('"${env:KEY}"', '[RS256]', { KEY })), { kind: 'static', keys: [jwk] })
  }
})

test('files that cannot serve', async () => {
  const PUBLIC = 'they are written in PEM, or as JWK or JWK set in JSON'
  const rows: [keys: string, expected: string][] = [
    ['no.pem', 'cannot read the file "no.pem": there is no such file'],
    ['junk.txt', `holds no public keys; ${PUBLIC}`],
    ['list.json', `holds no public keys; ${PUBLIC}`],
    ['cut.pem', 'holds what is no public key; every block must be a public key or a certificate in PEM'],
    [
      'private.pem',
      'holds a private key; the gateway needs the public key only: openssl pkey -in private.pem -pubout -out public.pem',
    ],
    ['private.json', 'holds a private key; the gateway needs the public key only; leave "d" and the like out'],
    ['long.json', 'is larger than 1 MiB; leave in it only the keys that are needed'],
  ]
  for (const [keys, expected] of rows) {
    const { spec, problems } = await load(keys)
    assert.equal(spec, undefined)
    assert.deepEqual(problems.map(showProblem), [`auth.main.jwt.keys: ${expected} (sallyport.yaml:2:45)`], keys)
  }
  const { problems } = await load('[spki.pem, no.pem]')
  assert.match(problems.map(showProblem).join('\n'), /^auth\.main\.jwt\.keys\[1\]: cannot read the file "no\.pem"/)
})

test('a key where the name of its file belongs is in no message', async () => {
  const { problems } = await load('"hunter2:hunter2"')
  assert.equal(problems.length, 1)
  assert.ok(!JSON.stringify(problems).includes('hunter2'))
})

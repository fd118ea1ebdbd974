import assert from 'node:assert/strict'
import { copyFile, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { listen } from './support/listen.ts'
import { runSallyport } from './support/sallyport.ts'

/** `run` on what cannot be run: one clear sentence with its place, exit code 1, nothing started, no stack trace. */

let folder = ''
const at = (name: string): string => join(folder, name)
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-bad-'))
  for (const name of ['cert.pem', 'key.pem', 'other-key.pem']) {
    await copyFile(fileURLToPath(new URL(`../src/config/testdata/${name}`, import.meta.url)), at(name))
  }
})
after(() => rm(folder, { recursive: true, force: true }))

interface Bad {
  readonly what: string
  /** The configuration, or what puts it there. */
  readonly config: string | Uint8Array | ((file: string) => Promise<unknown>)
  readonly says: RegExp
}

const tls = (cert: string, key: string): string =>
  `listeners: { web: { address: 127.0.0.1:0, tls: { cert: ${cert}, key: ${key} } } }\nadmin: 127.0.0.1:0\n`
const on = (address: string, admin = '127.0.0.1:0'): string => `listeners: { web: "${address}" }\nadmin: "${admin}"\n`

const CASES: readonly Bad[] = [
  { what: 'an empty file', config: '', says: /^error: the document is empty$/m },
  { what: 'a directory', config: file => mkdir(file), says: /^error: cannot read .*: it is a directory$/m },
  {
    what: 'binary junk',
    config: Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919) % 256),
    says: /^error: cannot read .*: it is not text in UTF-8$/m,
  },
  { what: 'control bytes', config: '\0\x01\x02\n', says: /:1:1: error: the document must be a map of keys$/m },
  {
    what: 'a huge file',
    config: async file => {
      await writeFile(file, 'routes:\n')
      await truncate(file, 20 * 1024 * 1024)
    },
    says: /^error: cannot read .*: it is larger than 16 MiB$/m,
  },
  {
    what: 'aliases of aliases of aliases',
    config: `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]\n`).join('')}`,
    says: /error: excessive alias count/,
  },
  { what: 'a hundred thousand brackets', config: `a: ${'['.repeat(100_000)}`, says: /error: is nested too deeply$/m },
  {
    what: 'a certificate that is not there',
    config: tls('./none.pem', './key.pem'),
    says: /:1:\d+: error: listeners\.web\.tls\.cert: cannot read the file ".\/none\.pem": there is no such file$/m,
  },
  {
    what: 'a certificate that is none',
    config: tls('./key.pem', './key.pem'),
    says: /error: listeners\.web\.tls\.cert: holds no certificate in PEM$/m,
  },
  {
    what: 'a key of another certificate',
    config: tls('./cert.pem', './other-key.pem'),
    says: /error: listeners\.web\.tls\.key: is not the key of this certificate$/m,
  },
  {
    what: 'a variable that is not set',
    config: on('$' + '{env:SALLYPORT_TEST_NOT_SET}'),
    says: /error: listeners\.web: the environment variable "SALLYPORT_TEST_NOT_SET" is not set$/m,
  },
  {
    what: 'two listeners on one port',
    config: 'listeners: { a: "127.0.0.1:8081", b: "127.0.0.1:8081" }\nadmin: 127.0.0.1:0\n',
    says: /error: listeners\.b: the same address as listeners\.a$/m,
  },
  {
    what: 'the admin listener on the port of a listener',
    config: on('127.0.0.1:8081', '127.0.0.1:8081'),
    says: /error: admin: the same address as listeners\.web$/m,
  },
  {
    what: 'the admin listener on a port taken everywhere',
    config: on('0.0.0.0:8081', '127.0.0.1:8081'),
    says: /error: admin: listeners\.web takes this port on every address$/m,
  },
  {
    what: 'no port at all',
    config: on('127.0.0.1:99999'),
    says: /error: listeners\.web: expected host:port.*found "127\.0\.0\.1:99999"$/m,
  },
  {
    what: "another machine's address",
    config: on('192.0.2.1:8081'),
    says: /^sallyport: 192\.0\.2\.1 is not an address of this machine \(listener "web"\)$/m,
  },
  {
    what: "another machine's address for admin",
    config: on('127.0.0.1:0', '192.0.2.1:8081'),
    says: /^sallyport: .* 192\.0\.2\.1:8081: this machine does not have that address; change admin\.address$/m,
  },
  {
    what: 'a host name that nobody knows',
    config: on('no-such-host.invalid:8081'),
    says: /^sallyport: host name no-such-host\.invalid is not known \(listener "web"\)$/m,
  },
]

const put = async ({ config }: Bad, index: number): Promise<string> => {
  const file = at(`case-${index}.yaml`)
  if (typeof config === 'function') await config(file)
  else await writeFile(file, config)
  return file
}

const refused = async (bad: Bad, file: string): Promise<void> => {
  const { code, out, err } = await runSallyport(['run', file])
  assert.equal(code, 1, `${bad.what}: ${err}`)
  assert.match(err, bad.says, bad.what)
  assert.equal(out, '', bad.what)
  assert.doesNotMatch(err, /\n\s+at |listening on|admin on/, bad.what)
  assert.equal(err.match(/^sallyport: /gm)?.length, 1, err)
  assert.ok(err.length < 1500, `${bad.what}: ${err.length} characters`)
}

test('what cannot be run is refused with its reason', async () => {
  const waiting = [...CASES.entries()]
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await refused(next[1], await put(next[1], next[0]))
    }
  }
  await Promise.all([work(), work(), work()])
})

test('a second listener that cannot be bound leaves no trace of the first', async t => {
  const taken = await listen(createServer())
  const free = await listen(createServer())
  await free.close()
  t.after(() => taken.close())
  const file = at('half.yaml')
  const both = `listeners: { one: "127.0.0.1:${free.port}", two: "127.0.0.1:${taken.port}" }\nadmin: 127.0.0.1:0\n`
  await writeFile(file, both)
  const { code, err } = await runSallyport(['run', file])
  assert.equal(code, 1)
  assert.equal(err, `sallyport: port ${taken.port} on 127.0.0.1 is already in use (listener "two")\n`)
})

test('--debug adds the stack trace', async () => {
  const file = at('debug.yaml')
  await writeFile(file, on('192.0.2.1:8081'))
  const { code, err } = await runSallyport(['run', '--debug', file])
  assert.equal(code, 1)
  assert.match(err, /192\.0\.2\.1 is not an address of this machine.*\n\s+at /)
})

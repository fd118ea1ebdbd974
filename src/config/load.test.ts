import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { showPath, showProblem } from '../spec/problem.ts'
import { type Loaded, loadConfig } from './load.ts'

const testdata = join(import.meta.dirname, 'testdata')
const pem = (name: string): string => readFileSync(join(testdata, name), 'utf8')

/** Files that are only in memory, in the folder `/etc/gate`. */
const load = (files: Record<string, string>, env: Record<string, string> = {}, file?: string): Promise<Loaded> =>
  loadConfig({
    file,
    cwd: '/etc/gate',
    env,
    cores: 2,
    readFile: async path => {
      const name = dirname(path) === '/etc/gate' ? path.slice('/etc/gate/'.length) : path
      const content = files[name]
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return content
    },
  })

const texts = ({ problems }: Loaded): string[] => problems.map(showProblem)

test('the usual names, in order', async () => {
  const yaml = await load({ 'sallyport.yaml': 'workers: 1', 'sallyport.json': '{"workers": 2}' })
  assert.deepEqual([yaml.spec?.workers, yaml.file], [1, '/etc/gate/sallyport.yaml'])
  assert.equal((await load({ 'sallyport.json': '{"workers": 2}' })).spec?.workers, 2)
  const none = await load({})
  assert.equal(none.spec, undefined)
  assert.deepEqual(texts(none), [
    'no configuration here: there is no sallyport.yaml, no sallyport.json and no sallyport.config.ts; name the file, or have one written: sallyport init',
  ])
})

test('a file that cannot be used', async () => {
  assert.deepEqual(texts(await load({}, {}, 'x.yaml')), ['cannot read x.yaml: there is no such file'])
  assert.deepEqual(texts(await load({ 'x.toml': '' }, {}, 'x.toml')), [
    'x.toml: the name must end in .yaml, .yml, .json, .ts, .mts, .js or .mjs',
  ])
  for (const empty of ['', '# only a comment\n', '---\n', 'null', '{}']) {
    const loaded = await load({ 'sallyport.yaml': empty })
    assert.equal(loaded.spec, undefined)
    assert.match(texts(loaded)[0] ?? '', /^the document is empty/, JSON.stringify(empty))
  }
})

test('values from the environment and from files', async () => {
  const text = `
listeners: { web: "127.0.0.1:\${env:PORT}" }
workers: \${env:WORKERS:-3}
via: \${env:EMPTY:-gate}
services: { a: { url: "http://\${env:HOST}:\${env:PORT}" } }
routes:
  - { path: /a, respond: { text: "\${file:motd}\${env:EMPTY}." } }
  - { path: /b, respond: { text: "\${other} \${x:y} $5 \${}" } }
`
  const loaded = await load({ 'sallyport.yaml': text, motd: 'hello\n\n' }, { PORT: '81', HOST: 'h', EMPTY: '' })
  assert.deepEqual(texts(loaded), [])
  const { spec, watched } = loaded
  assert.deepEqual([spec?.listeners[0]?.port, spec?.workers, spec?.via], [81, 3, 'gate'])
  assert.equal(spec?.services[0]?.endpoints[0]?.url, 'http://h:81')
  assert.deepEqual(
    spec?.routes.map(({ action }) => action.kind === 'respond' && action.body),
    ['hello\n.', '${other} ${x:y} $5 ${}'],
  )
  assert.deepEqual(watched, ['/etc/gate/sallyport.yaml', '/etc/gate/motd'])
})

test('values that are missing: each is told once, and nothing else about it', async () => {
  const text = `
drain: \${env:DRAIN}
via: \${file:./no/via}
slashes: \${evn:X}
services: { a: "\${env:A}\${env:B}" }
`
  assert.deepEqual(texts(await load({ 'sallyport.yaml': text })), [
    'drain: the environment variable "DRAIN" is not set; set it, or give a default: ${env:DRAIN:-...} (sallyport.yaml:2:8)',
    'via: cannot read the file "./no/via": there is no such file (sallyport.yaml:3:6)',
    'slashes: "${evn:...}" is not a reference; did you mean "${env:...}"? (sallyport.yaml:4:10)',
    'services.a: the environment variable "A" is not set; set it, or give a default: ${env:A:-...} (sallyport.yaml:5:16)',
    'services.a: the environment variable "B" is not set; set it, or give a default: ${env:B:-...} (sallyport.yaml:5:16)',
  ])
})

test('values from outside are in no message', async () => {
  const text = 'drain: ${env:SECRET}\nslashes: ${file:secret}\nservices: { a: "http://${env:SECRET}:x" }'
  const loaded = await load({ 'sallyport.yaml': text, secret: 'hunter2' }, { SECRET: 'hunter2' })
  assert.equal(loaded.problems.length, 3)
  assert.ok(!JSON.stringify(loaded.problems).includes('hunter2'))
})

const tls = (cert: string, key: string): string =>
  `listeners:\n  secure:\n    address: 127.0.0.1:0\n    tls: { cert: ${cert}, key: ${key} }\n`

test('certificates are read', async () => {
  const files = { 'c.pem': pem('cert.pem'), 'k.pem': pem('key.pem'), 'sallyport.yaml': tls('./c.pem', 'k.pem') }
  const { spec, problems, watched } = await load(files)
  assert.deepEqual(problems, [])
  assert.deepEqual(spec?.listeners[0]?.tls, { cert: files['c.pem'], key: files['k.pem'], clientCa: undefined })
  assert.deepEqual(watched, ['/etc/gate/sallyport.yaml', '/etc/gate/c.pem', '/etc/gate/k.pem'])
})

test('certificates may come from the environment', async () => {
  const env = { CERT: pem('cert.pem'), KEY: pem('key.pem') }
  const { spec } = await load({ 'sallyport.yaml': tls('"${env:CERT}"', '"${env:KEY}"') }, env)
  assert.equal(spec?.listeners[0]?.tls?.key, env.KEY)
})

test('certificates that cannot be used', async () => {
  const files = { c: pem('cert.pem'), k: pem('key.pem'), other: pem('other-key.pem'), junk: 'hunter2' }
  const locked = { locked: '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIC\n-----END ENCRYPTED PRIVATE KEY-----\n' }
  const rows: [cert: string, key: string, ...expected: string[]][] = [
    ['no', 'k', 'listeners.secure.tls.cert: cannot read the file "no": there is no such file (sallyport.yaml:4:18)'],
    ['c', 'other', 'listeners.secure.tls.key: is not the key of this certificate (sallyport.yaml:4:26)'],
    [
      'junk',
      'junk',
      'listeners.secure.tls.cert: holds no certificate in PEM (sallyport.yaml:4:18)',
      'listeners.secure.tls.key: holds no private key in PEM (sallyport.yaml:4:29)',
    ],
    [
      'k',
      'c',
      'listeners.secure.tls.cert: holds no certificate in PEM (sallyport.yaml:4:18)',
      'listeners.secure.tls.key: holds no private key in PEM (sallyport.yaml:4:26)',
    ],
    [
      'c',
      'locked',
      'listeners.secure.tls.key: is protected by a passphrase; use a key without one (sallyport.yaml:4:26)',
    ],
  ]
  for (const [cert, key, ...expected] of rows) {
    const loaded = await load({ ...files, ...locked, 'sallyport.yaml': tls(cert, key) })
    assert.deepEqual(texts(loaded), expected)
    assert.equal(loaded.spec, undefined)
  }
})

test('the example of the design is right but for what is not built yet', async () => {
  const text = readFileSync(join(testdata, 'design.yaml'), 'utf8')
  const { problems } = await load({ 'sallyport.yaml': text, 'cert.pem': pem('cert.pem'), 'key.pem': pem('key.pem') })
  const others = problems.filter(({ message }) => message !== 'not available yet')
  assert.deepEqual(others.map(showProblem), [
    'listeners.secure.tls.clientCa: cannot read the file "./ca.pem": there is no such file (sallyport.yaml:3:87)',
  ])
  assert.deepEqual(
    problems.filter(problem => !others.includes(problem)).map(({ path }) => showPath(path)),
    ['routes[2].cache'],
  )
})

test('places of routes are kept', async () => {
  const { spec } = await load({ 'sallyport.yaml': 'routes:\n  - { path: /a, respond: {} }\n' })
  assert.equal(spec?.routes[0]?.place, 'sallyport.yaml:2:5')
})

test('the example of the design: how services survive, who may pass, how often, what is put together, and for whom', async () => {
  const text = readFileSync(join(testdata, 'design.yaml'), 'utf8')
    .replace(/, clientCa: [^ ]+/, '')
    .replace('cache: { ttl: 30s }', '')
  const files = { 'cert.pem': pem('cert.pem'), 'key.pem': pem('key.pem'), 'sallyport.yaml': text }
  const { problems, spec } = await load(files)
  assert.deepEqual(problems, [])
  const orders = spec?.services.find(({ name }) => name === 'orders')
  assert.deepEqual(
    [orders?.balance.kind, orders?.health?.probe.kind, orders?.outliers?.consecutiveErrors, orders?.breaker?.openMs],
    ['least-request', 'http', 5, 5000],
  )
  assert.deepEqual([orders?.retry?.perTryMs, orders?.retry?.budget], [1000, 0.2])
  assert.deepEqual(
    spec?.auth.map(({ name, kind }) => `${name}: ${kind}`),
    ['main: jwt', 'local: jwt', 'keys: apiKey'],
  )
  assert.deepEqual(
    spec.routes.map(({ auth, limits }) => [auth.ways.join(), limits.map(({ name }) => name).join()]),
    [
      ['main', ''],
      ['main', ''],
      ['main,keys', 'perMinute,burst'],
      ['', ''],
      ['', ''],
      ['main', ''],
      ['keys', ''],
    ],
  )
  const [dashboard, mobile] = spec.routes.slice(-2)
  assert.deepEqual(
    dashboard?.action.kind === 'aggregate' && dashboard.action.branches.map(({ name, required }) => [name, required]),
    [
      ['user', true],
      ['orders', false],
      ['products', false],
      ['reviews', false],
    ],
  )
  assert.deepEqual([mobile?.name, mobile?.frontend, mobile?.hosts], ['mobile/orders/*', 'mobile', ['m.example.com']])
  assert.deepEqual(spec.frontends, [{ name: 'mobile', hosts: ['m.example.com'], prefix: '', listeners: [] }])
  const weak = await load(files, { JWT_SECRET: 'hunter2' })
  assert.match(texts(weak).join(), /^auth\.local\.jwt\.secret: is too short for HS256: 7 bytes, at least 32 are needed/)
})

const DISCOVER = 'services:\n  users: { discover: { file: ./users.yaml } }\n'

test('a file with targets gets its whole name, and is not watched with the configuration', async () => {
  const { spec, problems, watched } = await load({ 'sallyport.yaml': DISCOVER, 'users.yaml': '- http://10.0.0.1\n' })
  assert.deepEqual(problems, [])
  const { discover } = spec!.services[0]!
  assert.equal(discover?.kind === 'file' && discover.path, '/etc/gate/users.yaml')
  assert.deepEqual(watched, ['/etc/gate/sallyport.yaml'])
})

test('a file with targets that cannot serve is told, and watched until it can', async () => {
  const rows: [files: Record<string, string>, expected: string][] = [
    [
      {},
      'cannot read the file "./users.yaml": there is no such file; write a list of targets into it; the gateway starts with what it holds',
    ],
    [{ 'users.yaml': '' }, 'is no list of targets: expected a list, found nothing (./users.yaml:1:1)'],
    [
      { 'users.yaml': '- http://a\n- { url: http://b, weight: 0 }\n' },
      'is no list of targets: [1].weight: expected at least 1, found 0 (./users.yaml:2:28)',
    ],
  ]
  for (const [files, expected] of rows) {
    const loaded = await load({ 'sallyport.yaml': DISCOVER, ...files })
    assert.deepEqual(texts(loaded), [`services.users.discover.file: ${expected} (sallyport.yaml:2:30)`])
    assert.equal(loaded.spec, undefined)
    assert.deepEqual(loaded.watched, ['/etc/gate/sallyport.yaml', '/etc/gate/users.yaml'])
  }
})

test('the name of a file with targets may come from outside, and is then in no message', async () => {
  const text = DISCOVER.replace('./users.yaml', '"${env:TARGETS}"')
  const env = { TARGETS: '/run/hunter2.yaml' }
  const { spec } = await load({ 'sallyport.yaml': text, '/run/hunter2.yaml': '[http://a]' }, env)
  const { discover } = spec!.services[0]!
  assert.equal(discover?.kind === 'file' && discover.path, '/run/hunter2.yaml')
  for (const files of [{}, { '/run/hunter2.yaml': '[hunter2]' }]) {
    const loaded = await load({ 'sallyport.yaml': text, ...files }, env)
    assert.equal(loaded.problems.length, 1)
    assert.ok(!texts(loaded).join().includes('hunter2'))
  }
})

import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

// What users get: built, packed, unpacked into an empty project, used from there. Nothing comes from a registry.

const root = join(import.meta.dirname, '..')
const COMMAND = 'bin/sallyport.cjs'
const PAPERS = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']
/** Of the packages whose code is in this one. */
const LICENCES = 'dist/LICENSES-OF-OTHERS.txt'
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

let temp = ''
let app = ''
let installed = ''
/** What `npx sallyport` starts. */
let command = ''

/** This Node first: the package's bin says `env node`. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}` }
const run = (cwd: string, file: string, ...args: string[]): string =>
  execFileSync(file, args, { cwd, env, encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'pipe', 'pipe'] })

/** Makes an installed package of the repository available to the project. */
const provide = (name: string): void => {
  const link = join(app, 'node_modules', name)
  mkdirSync(dirname(link), { recursive: true })
  symlinkSync(join(root, 'node_modules', name), link)
}

/** Type-checks one file of the project, and with it every declaration of the package that it reaches. */
const compile = (file: string, resolution: { module: string; moduleResolution?: string } = NODENEXT): void => {
  const checks = { strict: true, noEmit: true, allowImportingTsExtensions: true, skipLibCheck: false }
  const options = { ...resolution, ...checks, target: 'es2024', types: ['node'] }
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: [file] }))
  run(app, process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', app)
}

const NODENEXT = { module: 'nodenext' }

/** The first block of that language. */
const block = (markdown: string, language: string): string => {
  const found = new RegExp('```' + language + '\\n([\\s\\S]*?)```').exec(markdown)
  assert.ok(found, `no ${language} block`)
  return found[1]!
}

before(() => {
  temp = mkdtempSync(join(tmpdir(), 'sallyport-package-'))
  const staged = join(temp, 'staged')
  mkdirSync(staged)
  run(root, process.execPath, 'scripts/build.ts', join(staged, 'dist'))
  for (const file of [COMMAND, ...PAPERS]) cpSync(join(root, file), join(staged, file))
  run(staged, 'npm', 'pack', '--offline', '--ignore-scripts')

  app = join(temp, 'a project') // paths with spaces are paths
  installed = join(app, 'node_modules/sallyport')
  mkdirSync(installed, { recursive: true })
  run(temp, 'tar', '-xzf', join(staged, `sallyport-${manifest.version}.tgz`), '-C', installed, '--strip-components=1')
  // Types are for the compiler that runs over the project below.
  for (const name of [...Object.keys(manifest.dependencies), '@types/node', 'undici-types']) provide(name)
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }')
  // As npm links it.
  command = join(app, 'node_modules/.bin/sallyport')
  mkdirSync(dirname(command))
  symlinkSync(join('../sallyport', manifest.bin.sallyport), command)
})

after(() => rmSync(temp, { recursive: true, force: true }))

test('the package holds the compiled sources and its papers, nothing else', () => {
  const files = globSync('**/*', { cwd: installed, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(installed.length + 1))
  const compiled = files.filter(file => /^dist\/.+(\.js|\.d\.ts)$/.test(file) && !/\.test\./.test(file))
  assert.deepEqual(files.filter(file => !compiled.includes(file)).sort(), [COMMAND, LICENCES, ...PAPERS].sort())
  const sources = globSync('src/**/*.ts', { cwd: root }).filter(file => !/\.test\.ts$|^src\/.+\/testing/.test(file))
  const declared = compiled.filter(file => file.endsWith('.d.ts')).sort()
  assert.deepEqual(declared, sources.map(file => file.replace(/^src(.+)\.ts$/, 'dist$1.d.ts')).sort())
})

test('the code is in few files, and each module in one', () => {
  const files = globSync('dist/**/*.js', { cwd: installed })
  // Hundreds of them were most of a start.
  assert.ok(files.length < declaredCount() / 3, `${files.length} files`)
  const headings = files.flatMap(file => [
    ...new Set(readFileSync(join(installed, file), 'utf8').match(/^\/\/ \S+\.ts$/gm)),
  ])
  assert.ok(headings.length > 100)
  assert.deepEqual(
    headings.filter((heading, i) => headings.indexOf(heading) !== i),
    [],
  )
  for (const file of files) assert.ok(!readFileSync(join(installed, file), 'utf8').includes('@dist@'), file)
})

const declaredCount = (): number => globSync('dist/**/*.d.ts', { cwd: installed }).length

test('installing it installs its four dependencies and no Node', () => {
  const packed = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  assert.deepEqual(Object.keys(packed.dependencies).sort(), ['commander', 'jose', 're2js', 'zod'])
  assert.equal(packed.optionalDependencies, undefined)
  // Redis is for those who use it.
  assert.deepEqual(Object.values(packed.peerDependenciesMeta), [{ optional: true }])
})

test('what package.json says of the package is true, to every tool that reads it', async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true })
  assert.deepEqual(
    messages.map(message => formatMessage(message, pkg, { color: false })),
    [],
  )
})

/** `sallyport`, `sallyport/testing` and whatever else may be imported. */
const entries = Object.keys(manifest.exports)
  .filter(key => !key.endsWith('.json'))
  .map(key => join('sallyport', key).replaceAll('\\', '/'))

test('every entry can be imported and required', () => {
  const names = (get: string): string =>
    run(
      app,
      process.execPath,
      '-e',
      `for (const id of ${JSON.stringify(entries)}) console.log(Object.keys(${get}).sort().join())`,
    )
  assert.match(names('await import(id)'), /\bdefineConfig\b/)
  // It is ES modules only; Node hands those to require(), too, as long as none of them awaits at its top.
  assert.equal(names('require(id)'), names('await import(id)'))
})

test('the types of every entry are whole, however they are found', () => {
  const uses = entries.map((id, i) => `import * as entry${i} from '${id}'`)
  const exports = entries.map((_, i) => `entry${i}`)
  writeFileSync(join(app, 'use.ts'), `${uses.join('\n')}\nexport const all = [${exports}]\n`)
  compile('use.ts', { module: 'node16', moduleResolution: 'node16' })
  compile('use.ts', { module: 'nodenext', moduleResolution: 'nodenext' })
  compile('use.ts', { module: 'esnext', moduleResolution: 'bundler' })
  // From CommonJS; module "node16" refuses that of every package that is ES modules only.
  cpSync(join(app, 'use.ts'), join(app, 'use.cts'))
  compile('use.cts', { module: 'nodenext', moduleResolution: 'nodenext' })
})

test('a gateway is made, asked and tested from it, and its declarations name nothing that is ours alone', () => {
  writeFileSync(join(app, 'embedded.ts'), EMBEDDED)
  compile('embedded.ts')
  assert.equal(run(app, process.execPath, 'embedded.ts').trim(), 'ok')

  // What an author reaches: a type of the inside that slips into it is a promise that nobody meant to make.
  const inside = ['GatewaySpec', 'Exchange', 'Machine', 'Provisions', 'Policy']
  for (const name of ['gateway/api', 'gateway/config-error', 'gateway/test-clock', 'gateway/test-gateway', 'testing']) {
    const text = readFileSync(join(installed, `dist/${name}.d.ts`), 'utf8')
    for (const word of inside) assert.ok(!text.includes(word), `${name}.d.ts speaks of ${word}`)
  }
})

/** What only types say is said as an assignment, so that a type that became looser or stricter does not compile. */
const EMBEDDED = `
import { ConfigError, type ConfigProblem, createGateway, defineConfig, type Gateway, type InjectAnswer } from 'sallyport'
import { createTestClock, createTestGateway, type FakeService, type TestGateway } from 'sallyport/testing'

const config = defineConfig({
  listeners: { web: '127.0.0.1:0' },
  services: { users: 'http://users.internal:3000' },
  routes: [
    { prefix: '/users', to: 'users', rateLimit: { name: 'a', limit: '1/1m', by: 'ip' } },
    { path: '/hello', respond: { json: { hello: true } } },
  ],
})

const expect = (actual: unknown, expected: unknown): void => {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(JSON.stringify({ actual, expected }))
}

const gateway: Gateway = await createGateway(config)
const { url } = await gateway.start()
expect(await (await fetch(url + '/hello', { headers: { connection: 'close' } })).json(), { hello: true })
const notes: readonly string[] = await gateway.reload(config)
expect(notes, [])
const answer: InjectAnswer = await gateway.inject('/hello')
const header: string | readonly string[] | undefined = answer.headers['content-type']
expect([answer.status, header, answer.json<{ hello: boolean }>().hello], [200, 'application/json', true])
await gateway.stop({ drain: 100 })

const problems: readonly ConfigProblem[] = await createGateway('missing.yaml').then(
  () => [],
  error => (error instanceof ConfigError ? error.problems : []),
)
expect(problems.length, 1)

const clock = createTestClock({ at: 0 })
const users: FakeService = async ({ method, path, headers }) => {
  await clock.wait(10)
  return { status: 201, json: [method, path, headers['host']] }
}
const tested: TestGateway = await createTestGateway(config, { services: { users }, clock })
const pending = tested.inject({ method: 'POST', path: '/users/1', json: { name: 'Ada' } })
await clock.advance(10)
expect((await pending).json(), ['POST', '/users/1', 'users.internal:3000'])
expect((await tested.inject('/users/1')).status, 429)
await tested.stop()

// @ts-expect-error: not a configuration
export const bad = () => createGateway({ routs: [] })
// @ts-expect-error: a reply is an object
export const worse: FakeService = () => 'text'
console.log('ok')
`

test('plugins are written, tested and run with it, and their declarations name nothing that is ours alone', async () => {
  writeFileSync(join(app, 'marks.ts'), MARKS)
  writeFileSync(join(app, 'plugged.config.ts'), PLUGGED)
  writeFileSync(join(app, 'plugged.ts'), PLUGGED_TEST)
  compile('plugged.ts')
  assert.equal(run(app, process.execPath, 'plugged.ts').trim(), 'ok')

  const explained = run(app, join(installed, manifest.bin.sallyport), 'explain', 'GET', '/hello', 'plugged.config.ts')
  assert.match(explained, /runs +plugin outer: gate, shape → plugin marks: gate, shape, tap → respond 200/)

  const inside = ['Exchange', 'GatewaySpec', 'HeaderEdits', 'HeaderView']
  for (const name of ['plugin', 'policies/plugin/plugin', 'policies/plugin/define-plugin']) {
    const text = readFileSync(join(installed, `dist/${name}.d.ts`), 'utf8')
    for (const word of inside) assert.ok(!text.includes(word), `${name}.d.ts speaks of ${word}`)
  }
})

/** As an author would publish it. */
const MARKS = `
import { definePlugin, type GateRequest, type Plugin, type PluginOptions, type PluginSummary } from 'sallyport/plugin'

export const ends: PluginSummary[] = []
const gate = async (request: GateRequest) => {
  if (request.query.has('stop')) return { status: 409, json: { stopped: request.params['name'] ?? null } }
  request.setHeader('x-mark', request.clientAddress)
}
export const marks = (word: string): Plugin =>
  definePlugin({
    name: 'marks',
    budget: '100ms',
    gate,
    shape: (request, response) => response.setHeader('x-word', word + request.store.get('outer')),
    tap: (_request, summary) => ends.push(summary),
  })

const options: PluginOptions = { name: 'a', gate: ({ header }) => void header('x') }
definePlugin(options)
// @ts-expect-error: an answer has a status
definePlugin({ name: 'a', gate: () => ({ json: 1 }) })
// @ts-expect-error: JSON cannot say that
definePlugin({ name: 'a', gate: () => 'text' })
// @ts-expect-error: only a gate sets headers of what goes upstream
definePlugin({ name: 'a', tap: request => request.setHeader('a', 'b') })
// @ts-expect-error: the status stays as it is
definePlugin({ name: 'a', shape: (_request, response) => void (response.status = 1) })
`

const PLUGGED = `
import { defineConfig } from 'sallyport'
import { definePlugin } from 'sallyport/plugin'
import { marks } from './marks.ts'

const outer = definePlugin({
  name: 'outer',
  gate: ({ store }) => void store.set('outer', '!'),
  shape: (_request, { setHeader }) => setHeader('x-outer', '1'),
})
export default defineConfig({
  services: { users: 'http://users.internal:3000' },
  defaults: { plugins: [outer] },
  routes: [
    { path: '/hello', respond: { text: 'hello' }, plugins: [marks('hi')] },
    { prefix: '/g', routes: [{ path: '/{name}', to: 'users' }], plugins: [marks('in a group')] },
    { path: '/bare', respond: {}, plugins: 'none' },
  ],
})
// @ts-expect-error: a function alone is no plugin
defineConfig({ routes: [{ path: '/', respond: {}, plugins: [() => {}] }] })
// @ts-expect-error: nothing is handed down to the defaults
defineConfig({ defaults: { plugins: 'none' } })
`

const PLUGGED_TEST = `
import { createTestGateway } from 'sallyport/testing'
import { ends } from './marks.ts'
import config from './plugged.config.ts'

const expect = (actual: unknown, expected: unknown): void => {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(JSON.stringify({ actual, expected }))
}
const gateway = await createTestGateway(config, {
  services: { users: ({ headers }) => ({ json: headers['x-mark'] ?? null }) },
})
const through = await gateway.inject('/g/ada')
expect([through.status, through.json(), through.headers['x-word']], [200, '127.0.0.1', 'in a group!'])
const stopped = await gateway.inject('/g/ada?stop')
expect([stopped.status, stopped.json()], [409, { stopped: 'ada' }])
expect((await gateway.inject('/bare')).headers['x-outer'] ?? null, null)
expect(ends.map(({ status, code }) => [status, code]), [[200, ''], [409, '']])
await gateway.stop()
console.log('ok')
`

test('its command accepts the example of the README, and its types the one in TypeScript', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  writeFileSync(join(app, 'readme.yaml'), block(readme, 'yaml'))
  run(app, command, 'check', 'readme.yaml')
  writeFileSync(join(app, 'readme.ts'), block(readme, 'ts'))
  compile('readme.ts')
})

test('its command checks a configuration and serves it', async () => {
  const port = await freePort()
  writeFileSync(
    join(app, 'sallyport.yaml'),
    `listeners: { web: { address: "127.0.0.1:${port}" } }\nadmin: false\nworkers: 1\nroutes: [{ path: /hello, respond: { status: 200, json: { ok: true } } }]\n`,
  )
  run(app, command, 'check')

  const gateway = spawn(command, ['run'], { cwd: app, env, stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    const response = await answered(`http://127.0.0.1:${port}/hello`, gateway)
    assert.deepEqual(await response.json(), { ok: true })
    gateway.kill('SIGTERM')
    assert.deepEqual(await once(gateway, 'exit'), [0, null])
  } finally {
    gateway.kill('SIGKILL')
  }
})

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** The first answer; tries again while nothing listens yet, for 20 s at most, and not when the process has ended. */
const answered = async (url: string, gateway: ChildProcess): Promise<Response> => {
  let output = ''
  gateway.stderr?.on('data', chunk => (output += chunk))
  const until = performance.now() + 20_000
  for (;;) {
    try {
      return await fetch(url, { headers: { connection: 'close' } })
    } catch (error) {
      if (gateway.exitCode !== null || performance.now() > until)
        throw new Error(`no answer: ${output}`, { cause: error })
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

/** Files and packages that are loaded along with a file, those that are imported later left out. */
const loadedWith = (file: string, found = new Set<string>()): ReadonlySet<string> => {
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\b(?:[^'"=;]*?\bfrom )? ?"([^"]+)"/gm,
  )) {
    const next = name.startsWith('.') ? join(dirname(file), name) : name
    if (found.has(next)) continue
    found.add(next)
    if (name.startsWith('.')) loadedWith(next, found)
  }
  return found
}

/** Where the code of a module is. */
const fileWith = (module: string): string => {
  const heading = new RegExp(`^// ${module}\\.ts$`, 'm')
  const files = globSync('dist/**/*.js', { cwd: installed })
  const found = files.find(file => heading.test(readFileSync(join(installed, file), 'utf8')))
  assert.ok(found !== undefined, `${module} is in no file`)
  return found
}

/** Packages whose code is loaded along with a file, inside of ours or beside it. */
const packagesWith = (file: string): readonly string[] => {
  const all = loadedWith(join(installed, file))
  const joined = [file, ...all]
    .filter(each => each.endsWith('.js'))
    .flatMap(each => [
      ...readFileSync(resolve(installed, each), 'utf8').matchAll(/^\/\/ \.\.\/node_modules\/([^/\n]+)\//gm),
    ])
  const beside = Object.keys(manifest.dependencies).filter(name => all.has(name))
  return [...new Set([...joined.map(([, name = '']) => name), ...beside])].sort()
}

test('a worker and the main thread start without what reads configurations or options', () => {
  assert.deepEqual(packagesWith('dist/config/load.worker.js'), ['yaml', 'zod'])
  assert.deepEqual(packagesWith(fileWith('cli/program')), ['commander'])
  for (const file of ['dist/cli/main.js', 'dist/cli/worker.js', fileWith('cli/run'), fileWith('cli/launch')]) {
    assert.deepEqual(packagesWith(file), [], file)
    // Nor with what of our own is made of them.
    assert.ok(!loadedWith(join(installed, file)).has(join(installed, fileWith('spec/schema/routes'))), file)
  }
})

test('the licences of packages whose code is in it are in it', () => {
  const text = readFileSync(join(installed, LICENCES), 'utf8')
  for (const name of ['yaml', 'zod']) {
    const licence = readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8').trim()
    assert.ok(text.includes(`${name}\n\n${licence}`), name)
  }
})

test('what is needed is the same number for npm and for the command', () => {
  const needed = /NEEDED_MAJOR = (\d+)/.exec(readFileSync(join(installed, COMMAND), 'utf8'))?.[1]
  assert.equal(manifest.engines.node, `>=${needed}`)
})

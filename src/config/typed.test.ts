import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { showProblem } from '../spec/problem.ts'
import type { AggregateSpec } from '../spec/spec-aggregate.ts'
import { type Loaded, loadConfig } from './load.ts'

/** Configurations with code in them: what becomes data, and what goes on to workers. */

interface Folder {
  readonly cwd: string
  write(name: string, text: string): Promise<void>
  load(): Promise<Loaded>
}

const folder = async (t: TestContext, files: Readonly<Record<string, string>>): Promise<Folder> => {
  const cwd = await mkdtemp(join(tmpdir(), 'sallyport-'))
  t.after(() => rm(cwd, { recursive: true }))
  const write = (name: string, text: string): Promise<void> => writeFile(join(cwd, name), text)
  for (const [name, text] of Object.entries(files)) await write(name, text)
  return {
    cwd,
    write,
    load: () => loadConfig({ cwd, env: { ...process.env, HOST: 'a' }, cores: 1, timeoutMs: 20_000 }),
  }
}

const CONFIG = `import { aggregate, defineConfig, optional, required, service } from 'sallyport'
import { greet } from './greet.ts'
import words from './words.json' with { type: 'json' }

const users = service('users')
const any = { '~standard': { version: 1, vendor: 'own', validate: (value: unknown) => ({ value }) } } as const
const dashboard = aggregate({
  deadline: '300ms',
  branches: { user: required(users.get('/users/{id}', any)), notes: optional(users.get('/notes'), { timeout: '100ms' }) },
  reply: ({ user }: any): any => greet(words.hello, user.data.name),
})

export default defineConfig({
  services: { users: 'http://\${env:HOST}' },
  routes: [
    { prefix: '/u', to: 'users' },
    { path: '/{id}', aggregate: dashboard },
    { prefix: '/g', routes: [{ path: '/{id}', aggregate: { ...dashboard, deadline: '1s' } }] },
  ],
  frontends: { m: { hosts: ['m'], routes: [{ path: '/{id}', aggregate: dashboard }] } },
})
`

const FILES = {
  'sallyport.config.ts': CONFIG,
  'greet.ts': `import { mark } from './mark.mjs'\nexport const greet = (a: string, b: string): string => a + b + mark\n`,
  'mark.mjs': 'export const mark = "!"\n',
  'words.json': '{ "hello": "Hi" }',
}

const aggregates = ({ spec }: Loaded): AggregateSpec[] =>
  (spec?.routes ?? []).flatMap(({ action }) => (action.kind === 'aggregate' ? [action] : []))

test('code stays behind: the Spec says where it is, and has the sources of it without types', async t => {
  const { cwd, load } = await folder(t, FILES)
  const loaded = await load()
  assert.deepEqual(loaded.problems.map(showProblem), [])
  const found = aggregates(loaded)
  assert.deepEqual(
    found.map(({ deadlineMs, typed }) => [deadlineMs, typed?.at, typed?.schemas]),
    [
      [300, ['routes', 1, 'aggregate'], ['user']],
      [1000, ['routes', 2, 'routes', 0, 'aggregate'], ['user']],
      [300, ['frontends', 'm', 'routes', 0, 'aggregate'], ['user']],
    ],
  )
  const module = found[0]?.typed?.module
  assert.equal(module?.name, 'sallyport.config.ts')
  assert.match(module?.version ?? '', /^[0-9a-f]{32}$/)
  const at = (name: string): string => pathToFileURL(join(cwd, name)).href
  assert.equal(module?.url, at('sallyport.config.ts'))
  assert.deepEqual(
    module?.sources.map(({ url, format, imports }) => [url, format, imports]),
    [
      [
        at('sallyport.config.ts'),
        'module',
        [
          ['./greet.ts', at('greet.ts')],
          ['./words.json', at('words.json')],
        ],
      ],
      [at('greet.ts'), 'module', [['./mark.mjs', at('mark.mjs')]]],
      [at('mark.mjs'), 'module', []],
      [at('words.json'), 'json', []],
    ],
  )
  const greet = module?.sources[1]?.text ?? ''
  assert.doesNotMatch(greet, /string/)
  // Every character keeps its place, and with it the places in stacks.
  assert.equal(greet.length, FILES['greet.ts'].length)
  // It crosses threads, once for all of them.
  const clone = structuredClone(loaded.spec)
  assert.deepEqual(clone, loaded.spec)
  const [first, second] = aggregates({ ...loaded, spec: clone! })
  assert.equal(first?.typed?.module, second?.typed?.module)
  assert.deepEqual(loaded.watched.map(file => file.slice(cwd.length + 1)).sort(), Object.keys(FILES).sort())
})

test('the version is that of the contents', async t => {
  const { write, load } = await folder(t, FILES)
  const versionNow = async (): Promise<string | undefined> => aggregates(await load())[0]?.typed?.module.version
  const before = await versionNow()
  assert.equal(await versionNow(), before)
  for (const [name, text] of Object.entries(FILES)) {
    await write(name, name.endsWith('.json') ? '{ "hello": "Hey" }' : `${text}// changed\n`)
    const changed = await versionNow()
    assert.notEqual(changed, before, name)
    await write(name, text)
    assert.equal(await versionNow(), before)
  }
})

test('a configuration without code has no sources, and data cannot say that it has code', async t => {
  const { write, load } = await folder(t, {
    'sallyport.config.ts': `export default { services: { users: 'http://a' }, routes: [{ path: '/', aggregate: { branches: { a: { to: 'users', path: '/' } } } }] }`,
  })
  assert.equal(aggregates(await load())[0]?.typed, undefined)
  await write(
    'sallyport.config.ts',
    `export default { services: { users: 'http://a' }, routes: [{ path: '/', aggregate: { typed: { at: [] }, branches: { a: { to: 'users', path: '/' } } } }] }`,
  )
  const { problems } = await load()
  assert.match(problems.map(showProblem).join('\n'), /^routes\[0\]\.aggregate\.typed: unknown key/)
})

const withRoute = (aggregate: string): string => `import { aggregate, required, optional, service } from 'sallyport'
const users = service('users')
const bad = service('usres')
export default {
  services: { users: 'http://a' },
  routes: [
    { path: '/{id}', aggregate: ${aggregate} },
  ],
}
`

const mistakes: readonly (readonly [what: string, aggregate: string, expected: readonly string[]])[] = [
  [
    'an unknown service',
    "aggregate({ branches: { a: required(bad.get('/')) } })",
    ['routes[0].aggregate.branches.a.to: unknown service "usres"; did you mean "users"? (sallyport.config.ts:7:69)'],
  ],
  [
    'a parameter that there is not',
    "aggregate({ branches: { a: required(users.get('/{di}')) } })",
    [
      'routes[0].aggregate.branches.a.path: the path has no parameter {di}; did you mean "id"? (sallyport.config.ts:7:79)',
    ],
  ],
  [
    'a duration that is none',
    "aggregate({ deadline: '5x', branches: { a: required(users.get('/'), { timeout: 'soon' }) } })",
    [
      'routes[0].aggregate.deadline: expected a duration longer than 0, such as 250ms, 5s, 1m or 1h, found "5x" (sallyport.config.ts:7:55)',
      'routes[0].aggregate.branches.a.timeout: expected a duration longer than 0, such as 250ms, 5s, 1m or 1h, found "soon" (sallyport.config.ts:7:112)',
    ],
  ],
  [
    'a function where data must be',
    "aggregate({ branches: { a: optional(users.get('/'), { fallback: () => [] }) } })",
    ['routes[0].aggregate.branches.a.fallback: must be plain data, found a function (sallyport.config.ts:7:97)'],
  ],
  [
    'a request in place of a branch',
    "aggregate({ branches: { a: users.get('/') } })",
    ['branch "a" must be made by required(...) or optional(...) (sallyport.config.ts:7:33)'],
  ],
  [
    'a reply that is no function',
    "aggregate({ branches: { a: required(users.get('/')) }, reply: 5 })",
    ['"reply" must be a function (sallyport.config.ts:7:33)'],
  ],
  [
    'a schema that is none',
    "aggregate({ branches: { a: required(users.get('/', 'User')) } })",
    ['after the path comes a schema (Standard Schema: zod, valibot, arktype) or options (sallyport.config.ts:7:75)'],
  ],
]

for (const [what, aggregate, expected] of mistakes) {
  test(`mistakes have a place: ${what}`, async t => {
    const { load } = await folder(t, { 'sallyport.config.ts': withRoute(aggregate) })
    const { problems, spec } = await load()
    assert.deepEqual(problems.map(showProblem), expected)
    assert.equal(spec, undefined)
  })
}

test('a CommonJS configuration cannot have code, and CommonJS that it imports is told of', async t => {
  const { write, load } = await folder(t, {
    'sallyport.config.ts': withRoute(
      "aggregate({ branches: { a: required(users.get('/')) }, reply: () => helper.x })",
    ).replace('\n', "\nimport helper from './helper.cjs'\n"),
    'helper.cjs': 'exports.x = 1',
  })
  const loaded = await load()
  assert.deepEqual(loaded.problems.map(showProblem), [
    'is CommonJS, which is loaded once: for the code of aggregates, changes of it count after a restart; write it with import and export (helper.cjs:1:1)',
  ])
  assert.equal(aggregates(loaded)[0]?.typed?.module.sources.length, 1)

  const required = withRoute("aggregate({ branches: { a: required(users.get('/')) } })")
  await write(
    'sallyport.config.ts',
    required
      .replace('import', 'const')
      .replace("from 'sallyport'", "= require('sallyport')")
      .replace('export default', 'module.exports ='),
  )
  assert.deepEqual((await load()).problems.map(showProblem), [
    'code needs a module, not CommonJS: write import and export (sallyport.config.ts:1:1)',
  ])
})

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { showProblem } from '../spec/problem.ts'
import { type Loaded, loadConfig } from './load.ts'

const load = async (
  t: TestContext,
  files: Record<string, string>,
  timeoutMs = 20_000,
): Promise<Loaded & { cwd: string }> => {
  const cwd = await mkdtemp(join(tmpdir(), 'sallyport-'))
  t.after(() => rm(cwd, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text)
  return { ...(await loadConfig({ cwd, env: { PORT: '8123' }, cores: 1, timeoutMs })), cwd }
}

test('the default export is the configuration, and imports are watched', async t => {
  const loaded = await load(t, {
    'sallyport.config.ts': `
import { defineConfig } from 'sallyport'
import { path } from './paths.ts'
export default defineConfig({
  listeners: { web: '127.0.0.1:' + process.env.PORT },
  services: { users: { url: 'http://\${env:PORT}' } },
  routes: [{ prefix: path as string, to: 'users' }],
})`,
    'paths.ts': `export const path: string = '/users'`,
  })
  assert.deepEqual(loaded.problems, [])
  assert.equal(loaded.spec?.listeners[0]?.port, 8123)
  assert.equal(loaded.spec?.services[0]?.endpoints[0]?.url, 'http://8123')
  assert.deepEqual(
    loaded.watched.map(file => file.slice(loaded.cwd.length + 1)),
    ['sallyport.config.ts', 'paths.ts'],
  )
})

test('a changed file is read anew', async t => {
  const file = 'sallyport.config.ts'
  const { cwd, spec } = await load(t, { [file]: 'export default { workers: 1 }' })
  assert.equal(spec?.workers, 1)
  await writeFile(join(cwd, file), 'export default { workers: 2 }')
  assert.equal((await loadConfig({ cwd, env: {} })).spec?.workers, 2)
})

const mistakes: [name: string, text: string, expected: string][] = [
  ['syntax', 'export default {\n  a: = 1,\n}', 'Expression expected (sallyport.config.ts:2:6)'],
  [
    'unsupported syntax',
    'enum A { x }\nexport default {}',
    'TypeScript enum is not supported in strip-only mode (sallyport.config.ts:1:1)',
  ],
  [
    'an error while running',
    'const x: any = undefined\nexport default {\n  a: x.foo.bar,\n}',
    "Cannot read properties of undefined (reading 'foo') (sallyport.config.ts:3:8)",
  ],
  ['not an Error', 'throw 5', 'it throws something that is not an Error (sallyport.config.ts:1:1)'],
  [
    'no default export',
    'export const a = 1',
    'there is no default export; write "export default defineConfig({ ... })" (sallyport.config.ts:1:1)',
  ],
  [
    'CommonJS',
    'const a = 1',
    'there is no default export; write "export default defineConfig({ ... })" (sallyport.config.ts:1:1)',
  ],
  [
    'a function',
    'export default { routes: [{ rewrite: () => 1 }] }',
    'routes[0].rewrite: must be plain data, found a function (sallyport.config.ts:1:38)',
  ],
  [
    'a bare handler',
    'export default { routes: [{ path: "/", handler: () => 1 }] }',
    'routes[0].handler: must be handler(request => ...), of "sallyport", found a function (sallyport.config.ts:1:49)',
  ],
  [
    'a bare plugin',
    'export default { defaults: { plugins: [{ name: "a", gate: () => {} }] } }',
    'defaults.plugins[0].gate: must be of definePlugin({ ... }), of "sallyport/plugin", found a function (sallyport.config.ts:1:59)',
  ],
  ['a promise', 'export default Promise.resolve({})', 'must be plain data, found a promise (sallyport.config.ts:1:1)'],
  ['an end', 'process.exit(0)', 'it ended its thread while it was evaluated (sallyport.config.ts:1:1)'],
]

for (const [name, text, expected] of mistakes) {
  test(`mistake: ${name}`, async t => {
    const { problems, spec } = await load(t, { 'sallyport.config.ts': text })
    assert.deepEqual(problems.map(showProblem), [expected])
    assert.equal(spec, undefined)
  })
}

test('mistakes in what it says have a place', async t => {
  const text = "export default {\n  services: { users: 'http://a' },\n  routes: [{ path: '/a', to: 'usres' }],\n}"
  const { problems } = await load(t, { 'sallyport.config.ts': text })
  assert.deepEqual(problems.map(showProblem), [
    'routes[0].to: unknown service "usres"; did you mean "users"? (sallyport.config.ts:3:30)',
  ])
})

test('an endless loop is ended', async t => {
  const { problems } = await load(t, { 'sallyport.config.ts': 'for (;;);' }, 300)
  assert.deepEqual(problems.map(showProblem), ['evaluating it took longer than 300 ms (sallyport.config.ts:1:1)'])
})

test('a value that holds itself is a problem', async t => {
  const { problems } = await load(t, { 'sallyport.config.ts': 'const a: any = {}\na.a = a\nexport default a' })
  assert.match(problems.map(showProblem).join(), /nested more than 50 levels deep/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { gatewaySpec } from '../../test/support/specs.ts'
import type { GatewaySpec } from '../spec/spec.ts'
import type { TypedModuleSpec, TypedSource } from '../spec/spec-typed.ts'
import { aggregateSpec } from '../spec/testing.ts'
import { NO_METER } from '../telemetry/meter.ts'
import { countingMeter } from './testing.ts'
import { createTypedModules } from './typed-modules.ts'

const log = { info() {}, warn() {}, error() {} }
let versions = 0
/** The errors of this thread are those of the test. */
const ALONE = { outlive: () => {} }

/** No file is there: what was read when it was checked is all there is. */
const sourceOf = (name: string, text: string, imports: TypedSource['imports'] = []): TypedSource => ({
  url: `file:///nowhere/${name}`,
  format: name.endsWith('.json') ? 'json' : 'module',
  text,
  imports,
})

const moduleOf = (...sources: readonly TypedSource[]): TypedModuleSpec => ({
  name: 'sallyport.config.ts',
  url: sources[0]!.url,
  version: (++versions).toString(16).padStart(32, '0'),
  sources,
})

const specOf = (module: TypedModuleSpec): GatewaySpec =>
  gatewaySpec({ services: {}, routes: [{ action: aggregateSpec([], { typed: { module, at: ['routes', 0] } }) }] })

/** An aggregate whose reply gives the value of `expression`. */
const config = (expression: string, before = ''): string => `
import { aggregate, required, service } from 'sallyport'
${before}
globalThis.evaluated = (globalThis.evaluated ?? 0) + 1
const a = required(service('a').get('/'))
export default { routes: [aggregate({ branches: { a }, reply: () => ${expression} })] }
`

const evaluated = (): unknown => (globalThis as { evaluated?: unknown }).evaluated

const answerOf = async (modules: ReturnType<typeof createTypedModules>, module: TypedModuleSpec): Promise<unknown> => {
  const typed = await modules.load(specOf(module), NO_METER)
  return typed({ module, at: ['routes', 0] }).reply?.({}, {})
}

test('a version is evaluated once, another anew with all it imports, also what packages are for it', async () => {
  const modules = createTypedModules(log, ALONE)
  const imports = [
    ['./word.js', 'file:///nowhere/word.js'],
    ['./n.json', 'file:///nowhere/n.json'],
  ] as const
  const of = (word: string): TypedModuleSpec =>
    moduleOf(
      sourceOf(
        'config.ts',
        config('word + data.n', `import { word } from './word.js'\nimport data from './n.json' with { type: 'json' }`),
        imports,
      ),
      sourceOf('word.js', `import { inner } from './inner.js'\nexport const word = '${word}' + inner`, [
        ['./inner.js', 'file:///nowhere/inner.js'],
      ]),
      sourceOf('inner.js', `export const inner = import.meta.filename.slice(-8)`),
      sourceOf('n.json', '{ "n": 5 }'),
    )
  const first = of('a')
  const second = of('b')
  assert.equal(await answerOf(modules, first), 'ainner.js5')
  assert.equal(evaluated(), 1)
  assert.equal(await answerOf(modules, first), 'ainner.js5')
  assert.equal(evaluated(), 1)
  assert.equal(await answerOf(modules, second), 'binner.js5')
  assert.equal(evaluated(), 2)
  // What was before is still what it was.
  assert.equal(await answerOf(modules, first), 'ainner.js5')
  assert.equal(evaluated(), 2)
})

test('a configuration without code loads nothing', async () => {
  const typed = await createTypedModules(log, ALONE).load(gatewaySpec({ services: {} }), NO_METER)
  assert.throws(() => typed({ module: moduleOf(sourceOf('x.js', '')), at: [] }), /says something else/)
})

const failures: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['it throws', `throw new Error('own')`, /^sallyport\.config\.ts: own$/],
  ['it throws no error', 'throw 5', /^sallyport\.config\.ts: it throws something that is not an Error$/],
  [
    'it throws what harms',
    `throw Object.defineProperty(new Error(), 'message', { get() { throw 1 } })`,
    /cannot be shown$/,
  ],
  ['it does not parse', 'export default {', /^sallyport\.config\.ts: Unexpected end of input$/],
  ['it imports what is not there', `import './gone.js'`, /^sallyport\.config\.ts: Cannot find module/],
  ['it never ends', 'await new Promise(() => {})', /^sallyport\.config\.ts: evaluating it took longer than 50 ms$/],
  [
    'it says something else',
    'export default { routes: [] }',
    /^sallyport\.config\.ts: each time it is evaluated it says something else/,
  ],
  ['it has no default export', 'export const a = 1', /each time it is evaluated it says something else/],
]

for (const [what, text, message] of failures) {
  test(`one sentence: ${what}`, async () => {
    const modules = createTypedModules(log, { ...ALONE, longestMs: 50 })
    const module = moduleOf(sourceOf('config.ts', text))
    await assert.rejects(answerOf(modules, module), (error: Error) => message.test(error.message))
  })
}

test('each failure is counted and logged with its place, by the beginning of what it says', async () => {
  const lines: unknown[] = []
  const modules = createTypedModules({ ...log, error: (...line) => void lines.push(line) }, ALONE)
  const meter = countingMeter()
  const module = moduleOf(sourceOf('config.ts', `throw new Error('x'.repeat(100_000))`))
  for (const times of [1, 2]) {
    await assert.rejects(modules.load(specOf(module), meter), ({ message }: Error) => message.length < 400)
    assert.deepEqual([...meter.counts], [['sallyport_code_failures_total{}', times]])
  }
  const line = JSON.stringify(lines[1])
  assert.match(line, /the code of sallyport\.config\.ts cannot be evaluated.*Error: xxx.*file:.*config\.ts:1/)
  assert.deepEqual([lines.length, line.length < 2000], [2, true])
  await modules.load(specOf(moduleOf(sourceOf('config.ts', config('1')))), meter)
  assert.equal(meter.counts.size, 1)
  assert.equal(lines.length, 2)
})

test('versions stay in memory: that is said at each hundredth', async () => {
  const lines: string[] = []
  const modules = createTypedModules({ ...log, warn: line => void lines.push(line) }, ALONE)
  for (let i = 0; i < 201; i++) await answerOf(modules, moduleOf(sourceOf('config.ts', config('1'))))
  const said = (n: number): string =>
    `code of ${n} versions of sallyport.config.ts is in memory, where it stays until a restart`
  assert.deepEqual(lines, [said(100), said(200)])
})

test('what failed is tried again', async () => {
  const modules = createTypedModules(log, ALONE)
  const text = config('"well"', `import { once } from './once.js'\nonce()`)
  const once = `export const once = () => { if ((globalThis.tried ??= 0) === 0) { globalThis.tried++; throw new Error('not yet') } }`
  const module = moduleOf(
    sourceOf('config.ts', text, [['./once.js', 'file:///nowhere/once.js']]),
    sourceOf('once.js', once),
  )
  await assert.rejects(answerOf(modules, module), /not yet/)
  assert.equal(await answerOf(modules, module), 'well')
})

/** A thread that outlives the errors of others: what it logs, and how it ends. */
const threadThat = (fails: string): Promise<readonly [lines: readonly string[], end: string]> =>
  new Promise(resolve => {
    const lines: string[] = []
    const script = `
      const { parentPort } = require('node:worker_threads')
      import(${JSON.stringify(import.meta.resolve('./their-errors.ts'))}).then(({ outliveTheirErrors }) => {
        outliveTheirErrors({ error: (message, { error }) => parentPort.postMessage(message + ': ' + error) })
        const at = (place, error = new Error('x')) => Object.assign(error, { stack: 'Error: x\\n    at ' + place })
        const ours = ${JSON.stringify(import.meta.resolve('./gateway.ts'))} + ':1:1'
        const theirs = 'file:///srv/sallyport.config.ts?sallyport=0f.0:1:1'
        ${fails}
        setTimeout(() => parentPort.postMessage('alive'), 50)
      })`
    const worker = new Worker(script, { eval: true })
    worker.on('message', (line: string) => void lines.push(line))
    worker.on('error', () => resolve([lines, 'died']))
    worker.on('exit', () => resolve([lines, 'ended']))
  })

test('errors of a configuration that nobody waits for are told, without what tells evaluations apart', async () => {
  const [lines, end] = await threadThat(`
    Promise.reject(at(theirs))
    setTimeout(() => { throw at(ours + '\\n    at ' + theirs) }, 1)
    Promise.reject('no error')
  `)
  const said = 'something failed that the configuration does not wait for: '
  assert.equal(end, 'ended')
  assert.deepEqual(lines.slice(0, 2), [
    `${said}Error: x\n    at file:///srv/sallyport.config.ts:1:1`,
    `${said}no error`,
  ])
  assert.match(lines[2] ?? '', /gateway\.ts:1:1\n {4}at file:\/\/\/srv\/sallyport\.config\.ts:1:1$/)
  assert.equal(lines[3], 'alive')
})

for (const fails of ['Promise.reject(at(ours))', 'setTimeout(() => { throw at(ours) }, 1)']) {
  test(`our own end the thread: ${fails}`, async () => {
    assert.deepEqual(await threadThat(fails), [[], 'died'])
  })
}

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openClient } from './support/raw-client.ts'
import { ask, clientsOfWorkers, WORKERS } from './support/resilience-gateway.ts'
import { startTarget, type Target } from './support/resilience-target.ts'
import { exchange, type RawResponse } from './support/responses.ts'
import { type Running, startRunning } from './support/running.ts'
import { sallyport } from './support/sallyport.ts'
import { until } from './support/until.ts'

/** Plugins of a configuration in TypeScript, through a real gateway with two workers. */

const configOf = (service: string): string => `
import { defineConfig } from 'sallyport'
import { definePlugin } from 'sallyport/plugin'
import { mark } from './mark.ts'

const order = definePlugin({
  name: 'order',
  gate: ({ store, setHeader }) => {
    store.set('order', 'outer')
    setHeader('x-mark', mark)
  },
  shape: ({ store }, { status, code, setHeader }) =>
    setHeader('x-order', store.get('order') + ' ' + status + (code === '' ? '' : ' ' + code)),
})
const inner = definePlugin({
  name: 'inner',
  gate: ({ store }) => void store.set('order', store.get('order') + ',inner'),
  tap: ({ id, path }, { status }) => console.error(JSON.stringify({ tapped: id, path, status })),
})
const throws = definePlugin({ name: 'throws', gate: () => { throw new Error('secret-in-error') } })
const endless = definePlugin({ name: 'endless', budget: '150ms', gate: () => new Promise<undefined>(() => {}) })
const loose = definePlugin({
  name: 'loose',
  gate: () => {
    // Nobody waits for it.
    void Promise.reject(new Error('loose end'))
  },
})
const spoof = definePlugin({
  name: 'spoof',
  gate: ({ query, setHeader }) => setHeader(query.get('name') ?? 'x-a', query.get('value') ?? '1'),
})
const refuses = definePlugin({
  name: 'refuses',
  gate: async ({ header }) =>
    header('x-pass') === undefined ? { status: 402, headers: { 'x-price': '1' }, json: { pay: true } } : undefined,
})
const badShape = definePlugin({ name: 'bad-shape', shape: (_, { setHeader }) => setHeader('content-length', '1') })

export default defineConfig({
  listeners: { web: { address: '127.0.0.1:0' } },
  admin: '127.0.0.1:0',
  workers: ${WORKERS},
  drain: '2s',
  services: { a: '${service}' },
  defaults: { plugins: [order] },
  routes: [
    { path: '/through', to: 'a', plugins: [inner] },
    { path: '/throws', to: 'a', plugins: [throws, inner] },
    { path: '/endless', to: 'a', plugins: [endless] },
    { path: '/loose', to: 'a', plugins: [loose] },
    { path: '/spoof', to: 'a', plugins: [spoof] },
    { path: '/refuses', to: 'a', methods: ['GET', 'POST'], plugins: [refuses] },
    { path: '/shape', to: 'a', plugins: [badShape] },
    { path: '/bare', to: 'a', plugins: 'none' },
  ],
})
`

const markOf = (word: string): string => `export const mark = '${word}'`

interface World extends Running {
  readonly service: Target
  readonly config: string
  ask(path: string, head?: string): Promise<RawResponse>
}

const start = async (t: TestContext): Promise<World> => {
  const service = await startTarget('a')
  t.after(() => service.close())
  const config = configOf(service.url)
  const gateway = await startRunning(config, { name: 'sallyport.config.ts', files: { 'mark.ts': markOf('one') } })
  t.after(() => gateway.child.kill('SIGKILL'))
  const askOnce = async (path: string, head = ''): Promise<RawResponse> => {
    const client = await openClient(gateway.port)
    try {
      return head === ''
        ? await ask(client, path)
        : await exchange(client, `GET ${path} HTTP/1.1\r\nHost: g\r\n${head}\r\n`)
    } finally {
      client.destroy()
    }
  }
  return { ...gateway, service, config, ask: askOnce }
}

const codeOf = (response: RawResponse): unknown => JSON.parse(response.body.toString()).code

test('plugins run where they are written, from the outside in, and only there', async t => {
  const { ask, service, err } = await start(t)
  const through = await ask('/through')
  assert.deepEqual([through.status, through.header('x-order')], [200, 'outer,inner 200'], err())
  assert.equal(service.seen.at(-1)?.headers['x-mark'], 'one')
  await until(() => err().includes('"tapped"'), 'the tap ran')
  assert.match(err(), /\{"tapped":"[\w-]+","path":"\/through","status":200\}/)

  const bare = await ask('/bare')
  assert.deepEqual([bare.status, bare.header('x-order')], [200, undefined])
  assert.equal(service.seen.at(-1)?.headers['x-mark'], undefined)

  const refused = await ask('/refuses')
  assert.deepEqual([refused.status, refused.body.toString()], [402, '{"pay":true}'])
  assert.deepEqual([refused.header('x-price'), refused.header('x-order')], ['1', 'outer 402'])
  const asked = service.seen.length
  assert.equal((await ask('/refuses', 'X-Pass: 1\r\n')).status, 200)
  assert.equal(service.seen.length, asked + 1)
})

test('what plugins do wrong costs one request each, and is told and counted', async t => {
  const { ask, service, err, admin, port } = await start(t)
  const workers = await clientsOfWorkers(port)
  t.after(() => workers.map(client => client.destroy()))
  const before = service.seen.length
  for (const path of ['/throws', '/endless', '/shape']) {
    const response = await ask(path)
    assert.deepEqual([response.status, codeOf(response)], [500, 'INTERNAL'], path)
    assert.equal(response.header('x-order'), 'outer 500 INTERNAL')
    assert.doesNotMatch(response.body.toString(), /secret/)
  }
  assert.equal(service.seen.length - before, 1, 'only the shape had an answer to spoil')
  assert.equal((await ask('/loose')).status, 200)

  const { text } = await admin('/metrics')
  for (const [labels, count] of [
    ['plugin="throws",part="gate"', 1],
    ['plugin="endless",part="gate"', 1],
    ['plugin="bad-shape",part="shape"', 1],
    ['plugin="order",part="gate"', 0],
  ] as const) {
    assert.ok(text.includes(`sallyport_plugin_errors_total{${labels}} ${count}\n`), labels)
  }
  await until(() => err().includes('loose end'), 'it is in the log')
  assert.match(err(), /"message":"the gate of plugin \\"throws\\" failed".*"route":"\/throws".*secret-in-error/)
  assert.match(err(), /"message":"the gate of plugin \\"endless\\" failed".*longer than the 150 ms/)
  assert.doesNotMatch(err(), /replaced/)
  // The workers that it happened in still serve, on connections that were open before.
  for (const client of workers) assert.equal((await bare(client)).status, 200)
})

const bare = (client: Parameters<typeof ask>[0]): Promise<RawResponse> => ask(client, '/bare')

test('no plugin sends upstream what only the gateway may say, nor a header within a value', async t => {
  const { ask, service } = await start(t)
  const set = (name: string, value: string): Promise<RawResponse> =>
    ask(`/spoof?name=${encodeURIComponent(name)}&value=${encodeURIComponent(value)}`)
  for (const name of ['x-consumer', 'X_Consumer', 'x-claim-sub', 'host', 'transfer-encoding', 'x-forwarded-for']) {
    const before = service.seen.length
    assert.equal((await set(name, 'root')).status, 500, name)
    assert.equal(service.seen.length, before, name)
  }
  for (const value of ['a\r\nx-consumer: root', 'a\nx-consumer: root', 'a\u010ax-consumer: root', 'a\0']) {
    assert.equal((await set('x-a', value)).status, 500, JSON.stringify(value))
  }
  assert.equal((await set('x-a', 'b')).status, 200)
  assert.equal(service.seen.at(-1)?.headers['x-a'], 'b')
  assert.equal(service.seen.at(-1)?.headers['x-consumer'], undefined)
})

test('a reload counts for all workers; a plugin that cannot be evaluated changes nothing', async t => {
  const { put, reload, config, service, port } = await start(t)
  const workers = await clientsOfWorkers(port)
  t.after(() => workers.map(client => client.destroy()))
  const marks = async (): Promise<unknown[]> => {
    const found: unknown[] = []
    for (const client of workers) {
      assert.equal((await ask(client, '/through')).status, 200)
      found.push(service.seen.at(-1)?.headers['x-mark'])
    }
    return found
  }
  assert.deepEqual(await marks(), ['one', 'one'])
  await put('mark.ts', markOf('two'))
  assert.match(await reload(config), /^reloaded/)
  assert.deepEqual(await marks(), ['two', 'two'])
  assert.match(await reload(config.replace("name: 'inner'", "name: 'in ner'")), /^not reloaded/)
  assert.match(await reload(config.replace("name: 'inner'", "name: 'order'")), /^not reloaded/)
  await put('mark.ts', 'throw new Error("broken")')
  assert.match(await reload(config), /^not reloaded/)
  assert.deepEqual(await marks(), ['two', 'two'])
})

test('explain lists them among what runs', async t => {
  const { folder } = await start(t)
  const explained = sallyport(['explain', 'GET', '/through', `${folder}/sallyport.config.ts`])
  await explained.ended
  assert.match(explained.out(), /runs +plugin order: gate, shape → plugin inner: gate, tap → forward to a/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../base/errors.ts'
import { linesOf } from '../../base/testing.ts'
import { respond } from '../../core/code/respond.ts'
import type { Reply } from '../../core/reply.ts'
import { BUDGET_MS, runPlugins, turn } from '../testing/plugin-run.ts'
import type { PluginOptions } from './plugin.ts'

const bodyOf = (reply: Reply | undefined): string =>
  reply?.body instanceof Uint8Array ? Buffer.from(reply.body).toString() : ''

test('gates run in their order, at once, until one answers', () => {
  const order: string[] = []
  const passing = (name: string): PluginOptions => ({ name, gate: () => void order.push(name) })
  const last: PluginOptions = {
    name: 'last',
    gate: ({ path }) => ({ status: 403, headers: { 'x-why': ['a', 'b'] }, json: { path } }),
  }
  const { sent, asked, counted } = runPlugins([passing('a'), passing('b'), last, passing('c')], { path: '/x' })
  assert.deepEqual([order, asked(), counted], [['a', 'b'], false, []])
  assert.deepEqual(linesOf(sent[0]!.headers), ['content-type: application/json', 'x-why: a', 'x-why: b'])
  assert.deepEqual([sent[0]?.status, bodyOf(sent[0])], [403, '{"path":"/x"}'])

  const passed = runPlugins([passing('d')])
  assert.deepEqual([passed.outcome(), passed.asked(), passed.timers.pending], [200, true, 0])
})

test('an answer may come later, by a promise or whatever has a then', async () => {
  const later = runPlugins([{ name: 'a', gate: async () => respond({ status: 202, text: 'x' }) }])
  assert.deepEqual(later.sent, [])
  await turn()
  assert.deepEqual([later.outcome(), bodyOf(later.sent[0])], [202, 'x'])
  assert.deepEqual([later.timers.pending, later.x.onCancel], [0, null])

  const passing = runPlugins([
    { name: 'a', gate: async () => {} },
    { name: 'b', gate: () => ({ status: 204 }) },
  ])
  await turn()
  assert.equal(passing.outcome(), 204)
})

const thrown = new Error('not for the client')
for (const [what, gate] of [
  ['throws', () => assert.fail(thrown)],
  ['rejects', () => Promise.reject(thrown)],
  ['gives no answer', () => 'text'],
  ['gives null', () => null],
  ['gives an answer without status', () => ({ json: 1 })],
  ['gives a status that is none', () => ({ status: 101 })],
  ['gives two bodies', () => ({ status: 200, json: 1, text: '1' })],
  ['gives what JSON cannot say', () => ({ status: 200, json: new Map() })],
  ['gives a header that ends its line', () => ({ status: 200, headers: { a: 'b\r\nx-consumer: root' } })],
  ['gives a header about framing', () => ({ status: 200, headers: { 'Content-Length': '3' } })],
  ['gives later what is no answer', async () => 7],
  ['gives what harms whoever looks', () => Object.defineProperty({}, 'then', { get: () => assert.fail(thrown) })],
] as const) {
  test(`a gate that ${what} costs this request, is told and counted`, async () => {
    const run = runPlugins([{ name: 'a', gate: gate as () => undefined }])
    await turn()
    assert.deepEqual([run.outcome(), run.asked()], ['INTERNAL', false])
    assert.deepEqual([run.counted, run.thrown], [['a gate'], []])
    assert.match(
      run.lines.join('\n'),
      /^the gate of plugin "a" failed \{"route":"mine","requestId":"id-1","error":".+$/,
    )
    assert.doesNotMatch(run.sent[0]!.fault!.detail, /client/)
  })
}

test('one that never answers is given up at its budget, and told so by its signal', async () => {
  let signal: AbortSignal | undefined
  const run = runPlugins([
    {
      name: 'a',
      gate: request => {
        signal = request.signal
        return new Promise<undefined>(() => {})
      },
    },
  ])
  await run.pass(BUDGET_MS - 1)
  assert.deepEqual([run.sent, signal?.aborted], [[], false])
  await run.pass(1)
  assert.deepEqual([run.outcome(), signal?.aborted, run.asked(), run.x.onCancel], ['INTERNAL', true, false, null])
  assert.deepEqual(run.counted, ['a gate'])
  assert.match(run.lines[0] ?? '', /took longer than the 1000 ms it has/)
})

test('what comes after the end is heard by nobody and changes nothing', async () => {
  const late = Promise.withResolvers<undefined>()
  const run = runPlugins([
    {
      name: 'a',
      gate: async request => {
        await late.promise.catch(() => request.setHeader('x-late', '1'))
        throw new Error('late')
      },
    },
  ])
  await run.pass(BUDGET_MS)
  late.reject(new Error('later'))
  await turn()
  assert.deepEqual([run.counted, run.sent.length, run.x.requestEdits], [['a gate'], 1, null])
})

test('one that holds the thread for too long has used up its budget too', async () => {
  for (const wait of [false, true]) {
    const run: ReturnType<typeof runPlugins> = runPlugins([
      { name: 'first', gate: async () => {} },
      {
        name: 'a',
        gate: () => {
          run.clock.advance(BUDGET_MS + 1)
          return wait ? Promise.resolve() : undefined
        },
      },
    ])
    await turn()
    assert.deepEqual([run.outcome(), run.counted], ['INTERNAL', ['a gate']])
  }
})

test('a client that leaves ends the wait, and that is no error', async () => {
  let signal: AbortSignal | undefined
  const run = runPlugins([
    {
      name: 'a',
      gate: request => {
        signal = request.signal
        return new Promise<undefined>(() => {})
      },
    },
  ])
  run.x.cancel(new Fault('CLIENT_GONE'))
  await turn()
  assert.deepEqual([run.outcome(), signal?.aborted, run.timers.pending], ['CLIENT_GONE', true, 0])
  assert.deepEqual([run.counted, run.asked()], [[], false])
})

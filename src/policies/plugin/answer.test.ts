import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headersOf } from '../../base/headers.ts'
import { Reply } from '../../core/reply.ts'
import { runPlugins, turn } from '../testing/plugin-run.ts'
import type { PluginOptions, PluginResponse } from './plugin.ts'

const answer = (): Reply =>
  new Reply(
    200,
    headersOf([
      ['server', 'x'],
      ['etag', '"1"'],
    ]),
  )

test('shapes edit the head of the answer, in their order, and see what was edited', () => {
  const first: PluginOptions = {
    name: 'a',
    shape: (_request, { setHeader, removeHeader, appendHeader }) => {
      setHeader('X-A', '1')
      removeHeader('Server')
      appendHeader('set-cookie', 'a=1')
      appendHeader('set-cookie', 'b=2')
    },
  }
  const second: PluginOptions = {
    name: 'b',
    shape: (_request, { status, code, header, setHeader }) =>
      setHeader('x-b', [status, code, header('X-A'), header('server'), header('etag')].join()),
  }
  const { sent, counted } = runPlugins([first, second], {}, answer)
  assert.deepEqual(sent[0]?.edits?.added, [
    ['x-a', '1'],
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
    ['x-b', '200,,1,,"1"'],
  ])
  assert.deepEqual([sent[0]?.edits?.removes('server'), counted], [true, []])
})

test('shapes run on the gateway’s own errors', () => {
  const { sent } = runPlugins([
    { name: 'a', gate: () => assert.fail('x') },
    { name: 'b', shape: (_request, { status, code, setHeader }) => setHeader('x-b', `${status} ${code}`) },
  ])
  assert.equal(sent[0]?.header('x-b'), '500 INTERNAL')
})

const shapes: readonly [what: string, shape: (response: PluginResponse) => unknown][] = [
  ['throws', () => assert.fail('x')],
  ['sets a header that ends its line', ({ setHeader }) => setHeader('a', 'b\r\nc: d')],
  ['appends a header that ends its line', ({ appendHeader }) => appendHeader('a', 'b\nc: d')],
  ['sets what is no name', ({ setHeader }) => setHeader('a b', 'c')],
  ...['content-length', 'Transfer-Encoding', 'connection', 'upgrade', 'trailer', 'x-request-id', 'date'].map(
    (name): [string, (response: PluginResponse) => unknown] => [
      `sets ${name}`,
      ({ setHeader }) => setHeader(name, 'a'),
    ],
  ),
  ['removes the length', ({ removeHeader }) => removeHeader('content-length')],
  ['waits', async () => assert.fail('nobody hears it')],
]
for (const [what, shape] of shapes) {
  test(`a shape that ${what} costs this request: 500, shaped by the others, told and counted once`, async t => {
    const upstream = answer()
    const cancelled = t.mock.method(upstream, 'cancel')
    const plugins: PluginOptions[] = [
      { name: 'bad', shape: (_request, response) => shape(response) as undefined },
      { name: 'c', shape: (_request, { status, setHeader }) => setHeader('x-c', String(status)) },
    ]
    const { sent, counted, thrown, lines } = runPlugins(plugins, {}, () => upstream)
    await turn()
    assert.deepEqual([sent.length, sent[0]?.fault?.code, sent[0]?.header('x-c')], [1, 'INTERNAL', '500'])
    assert.deepEqual([counted, thrown, cancelled.mock.callCount()], [['bad shape'], [], 1])
    assert.match(lines[0] ?? '', /^the shape of plugin "bad" failed/)
  })
}

test('whoever keeps a response can change nothing of it', () => {
  const kept: PluginResponse[] = []
  const { sent } = runPlugins([{ name: 'a', shape: (_request, response) => void kept.push(response) }], {}, answer)
  assert.throws(() => kept[0]?.setHeader('x-late', '1'), /within "shape"/)
  assert.deepEqual([kept[0]?.status, kept[0]?.header('etag'), sent[0]?.edits], [0, undefined, null])
})

test('taps are told how it ended, once; what they do wrong costs nobody anything', async () => {
  const told: unknown[] = []
  const run = runPlugins([
    { name: 'throws', tap: () => assert.fail('x') },
    { name: 'rejects', tap: () => Promise.reject(new Error('later')) },
    { name: 'never', tap: () => new Promise(() => {}) },
    { name: 'good', tap: ({ id, path }, summary) => void told.push(id, path, summary) },
  ])
  run.clock.advance(12)
  Object.assign(run.x, { bytesIn: 3, bytesOut: 4 })
  run.finish()
  await turn()
  assert.deepEqual(told, ['id-1', '/', { status: 200, ms: 12, bytesIn: 3, bytesOut: 4, code: '' }])
  assert.deepEqual([run.counted, run.thrown], [['throws tap', 'rejects tap'], []])
})

test('a tap hears of errors, and of clients that left before the answer', async () => {
  const told: unknown[] = []
  const tap: PluginOptions['tap'] = (_request, { status, code }) => told.push([status, code])
  runPlugins([{ name: 'a', gate: () => assert.fail('x'), tap }]).finish()
  runPlugins([{ name: 'a', gate: () => new Promise<undefined>(() => {}), tap }]).finish()
  await turn()
  assert.deepEqual(told, [
    [500, 'INTERNAL'],
    [499, ''],
  ])
})

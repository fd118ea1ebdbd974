import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesSource } from '../../base/bytes-source.ts'
import { Fault } from '../../base/errors.ts'
import { headersOf } from '../../base/headers.ts'
import { typedPartsIn } from '../../core/code/hidden.ts'
import { respond } from '../../core/code/respond.ts'
import { Exchange } from '../../core/exchange.ts'
import { LaterReply } from '../../core/reply.ts'
import { FakeServices, Run, turn } from '../testing/fake-services.ts'
import { compileHandler } from './compile-handler.ts'
import { type HandlerRequest, handler } from './handler.ts'

const SPEC = {
  kind: 'handler',
  deadlineMs: 500,
  maxBytes: 100,
  typed: { module: { name: 'm', url: 'file:///m', version: '0', sources: [] }, at: [] },
} as const

type Answer = (request: HandlerRequest) => unknown

interface Ran {
  readonly run: Run
  readonly services: FakeServices
  readonly lines: string[]
}

const start = (answer: Answer, given: Partial<Exchange> = {}, services = new FakeServices()): Ran => {
  const lines: string[] = []
  const tell = (message: string, fields: object = {}): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const call = compileHandler(SPEC, typedPartsIn(handler(answer as () => null))!, {
    clock: services.clock,
    truly: services.clock.now,
    room: services.room,
    after: services.timers.after,
    log: { info() {}, warn: tell, error: tell },
    route: 'mine',
  })
  const x = Object.assign(new Exchange(), { method: 'GET', requestId: 'id-1', ...given })
  const run = new Run(services, x)
  const reply = call(x)
  assert.ok(reply instanceof LaterReply)
  reply.wait(run)
  return { run, services, lines }
}

const textOf = ({ run: { reply } }: Ran): [status: number, body: string | null] => {
  const body = reply?.body ?? null
  assert.ok(body === null || body instanceof Uint8Array)
  return [reply?.status ?? 0, body === null ? null : Buffer.from(body).toString()]
}
const codeOf = ({ run }: Ran): string | undefined => run.reply?.fault?.code

const sent = (text: string, headers: readonly [string, string][] = []): Partial<Exchange> => ({
  method: 'POST',
  headers: headersOf(headers),
  body: bytesSource(Buffer.from(text)),
})

const ANSWER = respond({ text: 'a' })

test('what it gives is the answer, at once or later', async () => {
  const given = { params: ['Ada'], paramNames: ['name'], query: '?n=1' }
  const now = start(({ params, query }) => ({ hello: params['name'], n: Number(query.get('n')) }), given)
  assert.deepEqual(textOf(now), [200, '{"hello":"Ada","n":1}'])
  assert.equal(now.run.reply?.header('content-type'), 'application/json')
  const later = start(async () => {
    await null
    return [1n]
  })
  await turn()
  assert.deepEqual(textOf(later), [200, '[1]'])
  assert.equal(later.run.x.onCancel, null)
})

test('what is taken out of the request works alone', () => {
  const headers = headersOf([['x-a', 'b']])
  assert.deepEqual(textOf(start(({ header, id, signal }) => [header('X-A'), id, signal.aborted], { headers })), [
    200,
    '["b","id-1",false]',
  ])
})

test('respond says status, fields and body', () => {
  const created = start(() =>
    respond({ status: 201, headers: { Location: '/a', 'Set-Cookie': ['a=1', 'b=2'] }, json: 1 }),
  )
  assert.deepEqual(textOf(created), [201, '1'])
  const { headers } = created.run.reply!
  assert.deepEqual(
    [headers.get('location'), headers.all('set-cookie'), headers.get('content-type')],
    ['/a', ['a=1', 'b=2'], 'application/json'],
  )
  assert.deepEqual(textOf(start(() => respond({ text: 'é' }))), [200, 'é'])
  assert.deepEqual(textOf(start(() => respond({ status: 204 }))), [204, null])
  const csv = start(() => respond({ body: Buffer.from('a,b'), headers: { 'content-type': 'text/csv' } }))
  assert.deepEqual([...textOf(csv), csv.run.reply?.header('content-type')], [200, 'a,b', 'text/csv'])
})

test('the body of a request is JSON, in memory, and its own', () => {
  const echo: Answer = ({ body }) => body ?? 'none'
  assert.deepEqual(textOf(start(echo, sent('{"a":12345678901234567890,"__proto__":1}'))), [
    200,
    '{"a":12345678901234567890}',
  ])
  assert.deepEqual(textOf(start(echo, sent(''))), [200, '"none"'])
  assert.deepEqual(textOf(start(({ body }) => body === undefined)), [200, 'true'])
  assert.equal(codeOf(start(echo, sent('{'))), 'BAD_REQUEST')
  assert.equal(codeOf(start(echo, sent('1', [['content-encoding', 'gzip']]))), 'BAD_REQUEST')
  assert.equal(codeOf(start(echo, sent(`"${'x'.repeat(100)}"`))), 'BODY_TOO_LARGE')
})

const failures: readonly [what: string, answer: Answer, told: RegExp][] = [
  [
    'it throws',
    () => {
      throw new Error('why')
    },
    /why/,
  ],
  [
    'it throws what is no error',
    () => {
      throw 'why'
    },
    /the handler failed/,
  ],
  ['it rejects', () => Promise.reject(new Error('why')), /why/],
  ['it gives nothing', () => undefined, /nothing/],
  ['it gives what is no JSON', async () => new Map(), /Map/],
  ['a status that is none', () => respond({ status: 99 }), /status/],
  ['two bodies', () => respond({ json: 1, text: 'a' } as unknown as { text: string }), /only one/],
  ['fields of the connection', () => respond({ text: '', headers: { Connection: 'close' } }), /set by the gateway/],
  ['a field that ends early', () => respond({ text: '', headers: { a: 'b\r\nc: d' } }), /value/],
  ['a field without a name', () => respond({ text: '', headers: { 'a b': 'c' } }), /name/],
  ['a copy with a field that ends early', () => ({ ...ANSWER, headers: [['a', 'b\r\nc: d']] }), /value/],
  [
    'a copy with a field of the connection',
    () => ({ ...ANSWER, headers: [['Content-Length', '1']] }),
    /set by the gateway/,
  ],
  ['a copy with a status that is none', () => ({ ...ANSWER, status: 101 }), /status/],
  ['a copy with a body that is none', () => ({ ...ANSWER, body: 'text' }), /body/],
  ['a body where there can be none', () => respond({ status: 205, text: 'a' }), /no body/],
  ['a copy with a body where there can be none', () => ({ ...ANSWER, status: 304 }), /no body/],
  ['text beyond latin1 in a field', () => respond({ text: '', headers: { a: '€' } }), /value/],
]

for (const [what, answer, told] of failures) {
  test(`500 for this request, and a line in the log: ${what}`, async () => {
    const ran = start(answer)
    await turn()
    assert.equal(codeOf(ran), 'INTERNAL')
    assert.equal(ran.run.reply?.fault?.detail ?? '', '')
    assert.equal(ran.lines.length, 1)
    assert.match(ran.lines[0]!, told)
    assert.match(ran.lines[0]!, /"route":"mine".*"requestId":"id-1"/)
  })
}

test('it has until its deadline, or that of the request', async () => {
  for (const [deadlineAt, ms] of [
    [0, 500],
    [200, 200],
  ] as const) {
    const services = new FakeServices()
    let signal: AbortSignal | undefined
    const never: Answer = request => {
      signal = request.signal
      return new Promise(() => {})
    }
    const ran = start(never, { deadlineAt: deadlineAt === 0 ? 0 : services.clock.now() + deadlineAt }, services)
    await services.pass(ms - 1)
    assert.deepEqual([codeOf(ran), signal?.aborted], [undefined, false])
    await services.pass(2)
    assert.deepEqual([codeOf(ran), signal?.aborted], ['INTERNAL', true])
    assert.match(ran.lines[0]!, /took longer than/)
  }
})

test('who holds the thread for longer is too late, too', () => {
  const services = new FakeServices()
  const ran = start(() => services.clock.advance(501), {}, services)
  assert.equal(codeOf(ran), 'INTERNAL')
})

test('a client that leaves ends it: while its body comes, and while it is answered', async () => {
  let signal: AbortSignal | undefined
  const ran = start(async request => {
    signal = request.signal
    await new Promise(() => {})
  })
  ran.run.x.cancel(new Fault('CLIENT_GONE'))
  assert.deepEqual([codeOf(ran), signal?.aborted], ['CLIENT_GONE', true])

  const cancelled: Fault[] = []
  let asked = 0
  const body = { length: 5, pipe() {}, resume() {}, cancel: (why: Fault) => void cancelled.push(why) }
  const reading = start(() => ++asked, { method: 'POST', body })
  reading.run.x.cancel(new Fault('CLIENT_GONE'))
  assert.deepEqual([codeOf(reading), asked, cancelled.length], ['CLIENT_GONE', 0, 1])
})

test('a body that does not come in time is not waited for', async () => {
  const services = new FakeServices()
  const body = { length: 5, pipe() {}, resume() {}, cancel() {} }
  const ran = start(() => 1, { method: 'POST', body, deadlineAt: services.clock.now() + 300 }, services)
  await services.pass(301)
  assert.equal(codeOf(ran), 'UPSTREAM_TIMEOUT')
})

test('code of an aggregate is none of a handler', () => {
  const world = { ...new FakeServices(), log: { info() {}, warn() {}, error() {} }, route: 'mine' }
  const parts = { branches: ['a'], schemas: new Map(), reply: () => 1 }
  assert.throws(() => compileHandler(SPEC, parts, world as never), /^Error: mine: the code of its handler is another/)
  assert.throws(() => handler(5 as never), { name: 'TypeError', message: '"handler" must be given a function' })
})

test('the body of a request counts with those of aggregates; without room it is not read', async () => {
  const services = new FakeServices()
  services.mostHeld = 10
  const fits = start(() => 1, sent('[1,2,3]'), services)
  await turn()
  assert.deepEqual([fits.run.answer[0], services.held.bytes], [200, 7])
  const refused = start(() => 1, sent('[1,2,3]'), services)
  await turn()
  assert.deepEqual([refused.run.reply?.status, codeOf(refused)], [503, 'OVERLOADED'])
  for (const { run } of [fits, refused]) run.x.holding?.release()
  assert.equal(services.held.bytes, 0)
})

test('a large answer counts until it is out; without room it is not given', async () => {
  const services = new FakeServices()
  services.mostHeld = 250_000
  const given = { small: 'x', large: 'x'.repeat(100_000) }
  const first = start(() => given.large, {}, services)
  const second = start(async () => respond({ text: given.large }), {}, services)
  await turn()
  assert.deepEqual([first.run.answer[0], second.run.answer[0], services.held.bytes], [200, 200, 200_002])
  const refused = start(() => given.large, {}, services)
  assert.deepEqual([codeOf(refused), services.held.bytes], ['OVERLOADED', 200_002])
  services.mostHeld = 1
  assert.equal(start(() => given.small, {}, services).run.answer[0], 200)
  for (const { run } of [first, second, refused]) run.x.holding?.release()
  assert.equal(services.held.bytes, 0)
})

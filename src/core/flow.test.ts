import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../base/errors.ts'
import { fakeSource } from '../base/testing.ts'
import { Exchange } from './exchange.ts'
import { type Chain, Flow, type Gate, runTaps } from './flow.ts'
import { Later } from './maybe.ts'
import { fail, Reply } from './reply.ts'

const ok = (status = 200): Reply => new Reply(status)

/** Runs a chain whose parts write into `log`; what is sent, too. */
const run = (parts: Partial<Chain>, x = new Exchange()) => {
  const log: string[] = []
  const thrown: unknown[] = []
  const sent: Reply[] = []
  const chain: Chain = {
    gates: [],
    shapes: [],
    taps: [],
    ...parts,
    call: x => {
      log.push('call')
      return parts.call?.(x) ?? ok()
    },
  }
  const send = (_x: Exchange, reply: Reply): void => {
    sent.push(reply)
    log.push(`sent ${reply.status}`)
  }
  const start = (): void => new Flow(x, chain, { send }, error => void thrown.push(error)).start()
  return { log, thrown, sent, start, x }
}

const named =
  (log: () => string[], name: string, answer?: Reply): Gate =>
  () => {
    log().push(name)
    return answer
  }

test('gates in order, the call, the shapes in order, then the client: all in one turn', () => {
  const it = run({
    gates: ['a', 'b'].map(name => named(() => it.log, name)),
    shapes: ['s', 't'].map(name => (_x, reply) => void it.log.push(`${name} ${reply.status}`)),
  })
  it.start()
  assert.deepEqual(it.log, ['a', 'b', 'call', 's 200', 't 200', 'sent 200'])
})

test('a gate that answers ends it; shapes run on its answer', () => {
  const it = run({
    gates: [named(() => it.log, 'a', fail('FORBIDDEN')), named(() => it.log, 'b')],
    shapes: [(_x, reply) => void it.log.push(`shape ${reply.fault?.code}`)],
  })
  it.start()
  assert.deepEqual(it.log, ['a', 'shape FORBIDDEN', 'sent 403'])
})

test('an async gate holds up those behind it, not those before', async () => {
  const later = new Later<Reply | undefined>()
  const it = run({
    gates: [named(() => it.log, 'a'), () => later, named(() => it.log, 'c')],
  })
  it.start()
  assert.deepEqual(it.log, ['a'])
  later.resolve(undefined)
  await later
  assert.deepEqual(it.log, ['a', 'c', 'call', 'sent 200'])
})

test('an async gate may answer, or fail', async () => {
  const answered = run({ gates: [async () => fail('RATE_LIMITED')] })
  answered.start()
  await null
  assert.deepEqual(answered.log, ['sent 429'])
  const failed = run({
    gates: [
      async () => {
        throw new Error('bug')
      },
    ],
  })
  failed.start()
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual([failed.log, String(failed.thrown)], [['sent 500'], 'Error: bug'])
})

test('the client leaves while an async gate waits: nothing is called, the cancellation is the answer', async () => {
  const later = new Later<Reply | undefined>()
  const it = run({ gates: [() => later, named(() => it.log, 'b')] })
  it.start()
  it.x.cancel(new Fault('CLIENT_GONE'))
  later.resolve(undefined)
  await later
  assert.deepEqual([it.log, it.sent[0]?.fault?.code], [['sent 499'], 'CLIENT_GONE'])
})

const boom = (): never => {
  throw new Error('bug')
}

for (const [what, parts] of [
  ['gate', { gates: [boom] }],
  ['call', { call: boom }],
] as const) {
  test(`a ${what} that throws is a 500 of this request, and is reported`, () => {
    const it = run(parts)
    it.start()
    assert.deepEqual([it.sent[0]?.fault?.code, it.sent.length], ['INTERNAL', 1])
    assert.equal(String(it.thrown), 'Error: bug')
    assert.equal(it.sent[0]?.fault?.detail, '')
  })
}

test('a Fault may be thrown: it is an answer, not a bug', async () => {
  for (const call of [
    () => {
      throw new Fault('OVERLOADED')
    },
    async () => {
      throw new Fault('OVERLOADED')
    },
  ]) {
    const it = run({ call })
    it.start()
    await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual([it.sent.map(reply => reply.status), it.thrown], [[503], []])
  }
})

test('a call may answer through a Later, without a promise', () => {
  const later = new Later<Reply>()
  const it = run({ call: () => later })
  it.start()
  assert.deepEqual(it.log, ['call'])
  later.resolve(ok(201))
  assert.deepEqual(it.log, ['call', 'sent 201'])
})

test('a call may answer through a promise', async () => {
  const it = run({ call: async () => ok(202) })
  it.start()
  await null
  assert.deepEqual(it.log, ['call', 'sent 202'])
})

test('a shape that throws: the reply is cancelled and a 500 goes out, shaped by the others', () => {
  const source = fakeSource(-1)
  const it = run({
    call: () => new Reply(200, undefined, source),
    shapes: [
      (_x, reply) => void reply.edit.append('first', String(reply.status)),
      boom,
      (_x, reply) => void reply.edit.append('last', String(reply.status)),
    ],
  })
  it.start()
  assert.deepEqual([it.log, source.log], [['call', 'sent 500'], ['cancel CLIENT_GONE']])
  assert.deepEqual([it.sent[0]?.header('first'), it.sent[0]?.header('last')], ['500', '500'])
  assert.equal(it.thrown.length, 1)
})

test('a second answer is cancelled', () => {
  const source = fakeSource(-1)
  const it = run({})
  const flow = new Flow(it.x, { gates: [], call: () => ok(), shapes: [], taps: [] }, { send: () => {} }, () => {})
  flow.onValue(ok())
  flow.onValue(new Reply(200, undefined, source))
  assert.deepEqual(source.log, ['cancel CLIENT_GONE'])
})

test('every tap runs, also after one that throws', () => {
  const log: string[] = []
  const taps = [() => void log.push('a'), boom, () => void log.push('b')]
  runTaps(taps, new Exchange(), ok(), error => void log.push(String(error)))
  assert.deepEqual(log, ['a', 'Error: bug', 'b'])
})

test('the cancel slot is pulled once, and remembered for whoever waits later', () => {
  const x = new Exchange()
  const pulled: string[] = []
  x.onCancel = { cancel: why => void pulled.push(why.code) }
  x.cancel(new Fault('CLIENT_GONE'))
  x.cancel(new Fault('INTERNAL'))
  assert.deepEqual([pulled, x.cancelled?.code, x.onCancel], [['CLIENT_GONE'], 'CLIENT_GONE', null])
})

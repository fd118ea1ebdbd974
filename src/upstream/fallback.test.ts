import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesSource } from '../base/bytes-source.ts'
import { ERROR_CODES, Fault } from '../base/errors.ts'
import { headersOf } from '../base/headers.ts'
import { fakeClock, fakeSource, fakeTimers, loggingSink } from '../base/testing.ts'
import type { Exchange } from '../core/exchange.ts'
import { Later } from '../core/maybe.ts'
import type { Call } from '../core/policy.ts'
import { fail, Reply } from '../core/reply.ts'
import type { FallbackOn, FallbackSpec } from '../spec/spec-resilience.ts'
import { withFallback } from './fallback.ts'
import { ReplyBody } from './testing/tries.ts'
import { exchange } from './testing.ts'

const ALL: readonly FallbackOn[] = ['open', 'unhealthy', 'overloaded', 'connect', 'timeout', '5xx']
const GONE = new Fault('CLIENT_GONE')
const STATIC: FallbackSpec['answer'] = { kind: 'respond', status: 200, headers: [], body: '' }
const SERVICE: FallbackSpec['answer'] = { kind: 'service', service: 'other' }

const run = (
  next: Call,
  {
    on = ALL,
    answer = STATIC,
    x: fields = {},
    instead = () => new Reply(203),
  }: {
    on?: readonly FallbackOn[]
    answer?: FallbackSpec['answer']
    x?: Partial<Exchange>
    instead?: Call
  } = {},
) => {
  const counted: FallbackOn[] = []
  const timers = fakeTimers(fakeClock())
  const x = exchange(fields)
  const call = withFallback({ on, answer }, next, instead, why => void counted.push(why), timers.after)
  const result: { reply?: Reply; error?: unknown } = {}
  const answered = call(x)
  assert.ok(answered instanceof Later)
  answered.wait({ onValue: reply => (result.reply = reply), onError: error => (result.error = error) })
  return { x, counted, result, timers }
}

const reasons = ({ result }: ReturnType<typeof run>) => result.reply?.edits?.added.map(([, value]) => value)

const EXPECTED: Readonly<Record<string, FallbackOn>> = {
  CIRCUIT_OPEN: 'open',
  NO_HEALTHY_TARGET: 'unhealthy',
  OVERLOADED: 'overloaded',
  UPSTREAM_CONNECT: 'connect',
  UPSTREAM_PROTOCOL: 'connect',
  UPSTREAM_TIMEOUT: 'timeout',
}

for (const code of ERROR_CODES) {
  const why = EXPECTED[code]
  test(`${code} ${why === undefined ? 'is passed on' : `is ${why}`}`, () => {
    const { counted, result } = run(() => fail(code))
    if (why === undefined) return assert.deepEqual([result.reply?.fault?.code, counted], [code, []])
    assert.deepEqual([result.reply?.status, result.reply?.header('sallyport-fallback'), counted], [203, why, [why]])
    const others = run(() => fail(code), { on: ALL.filter(on => on !== why) })
    assert.deepEqual([others.result.reply?.fault?.code, others.counted], [code, []])
    assert.equal(others.result.reply?.header('sallyport-fallback'), undefined)
  })
}

test('an answer of the service: 500 to 599 where 5xx is asked for, never anything else', () => {
  for (const [status, on, got] of [
    [200, ALL, 200],
    [499, ALL, 499],
    [500, ALL, 203],
    [599, ALL, 203],
    [503, ['unhealthy', 'open', 'overloaded'], 503],
  ] as const) {
    assert.equal(run(() => new Reply(status), { on }).result.reply?.status, got)
  }
})

test('the answer that is not wanted is thrown away, the one that is passed on is left alone', () => {
  for (const [status, fate] of [
    [500, ['read']],
    [400, []],
  ] as const) {
    const body = new ReplyBody()
    run(() => new Reply(status, undefined, body))
    assert.deepEqual(body.fate, fate)
  }
})

test('both may come later, or by a promise', async () => {
  const first = new Later<Reply>()
  const second = new Later<Reply>()
  const later = run(() => first, { instead: () => second })
  first.resolve(fail('CIRCUIT_OPEN'))
  assert.deepEqual([later.result, later.counted], [{}, ['open']])
  second.resolve(new Reply(203))
  assert.deepEqual(reasons(later), ['open'])

  const promised = run(async () => fail('CIRCUIT_OPEN'), { instead: async () => new Reply(203) })
  for (let i = 0; i < 5; i++) await null
  assert.equal(promised.result.reply?.status, 203)
})

test('a fallback that fails is the answer, and says what it stood in for', () => {
  const { result } = run(() => fail('CIRCUIT_OPEN'), { instead: () => fail('NO_HEALTHY_TARGET') })
  assert.deepEqual(
    [result.reply?.fault?.code, result.reply?.header('sallyport-fallback')],
    ['NO_HEALTHY_TARGET', 'open'],
  )
})

test('what throws is an error of this request', () => {
  const boom = () => {
    throw new Error('bug')
  }
  assert.match(String(run(boom).result.error), /bug/)
  assert.match(String(run(() => fail('CIRCUIT_OPEN'), { instead: boom }).result.error), /bug/)
  const later = new Later<Reply>()
  const it = run(() => later)
  later.reject(new Error('late bug'))
  assert.match(String(it.result.error), /late bug/)
})

test('the client has left: nothing is asked in its place', () => {
  const later = new Later<Reply>()
  const it = run(() => later)
  it.x.cancelled = GONE
  later.resolve(fail('CIRCUIT_OPEN'))
  assert.deepEqual([it.result.reply?.fault?.code, it.counted], ['CIRCUIT_OPEN', []])
})

// --- another service ---

test('a body that nobody has read goes to the other service; one that was begun does not', () => {
  for (const [piped, status] of [
    [false, 203],
    [true, 502],
  ] as const) {
    const body = fakeSource(3)
    const got = loggingSink()
    const it = run(
      x => {
        if (piped) x.body?.pipe(loggingSink())
        return fail('UPSTREAM_CONNECT')
      },
      {
        answer: SERVICE,
        x: { body },
        instead: x => {
          x.body?.pipe(got)
          return new Reply(203)
        },
      },
    )
    assert.deepEqual([it.result.reply?.status, body.sink === got], [status, !piped])
  }
})

test('a body that is kept is sent again, whole', () => {
  const got = loggingSink()
  const it = run(
    x => {
      // As retries do.
      x.body = bytesSource(Buffer.from('abc'))
      x.body.pipe({ write: () => false, end() {}, abort() {} })
      return fail('UPSTREAM_CONNECT')
    },
    {
      answer: SERVICE,
      x: { body: fakeSource(3) },
      instead: x => {
        x.body?.pipe(got)
        return new Reply(203)
      },
    },
  )
  assert.deepEqual([it.result.reply?.status, got.log], [203, ['last abc']])
})

test('an answer before all of the body was sent is passed on: its connection may cancel the body of the exchange', () => {
  for (const [takes, status] of [
    [true, 203],
    [false, 500],
  ] as const) {
    const it = run(
      x => {
        x.body = bytesSource(Buffer.from('abc'))
        x.body.pipe({ write: () => takes, end() {}, abort() {} })
        return new Reply(500)
      },
      { answer: SERVICE, x: { body: fakeSource(3) } },
    )
    assert.equal(it.result.reply?.status, status)
  }
})

test('what a target may have done is not done again by another service, unless it may be', () => {
  const key = headersOf([['idempotency-key', 'k']])
  const cases: readonly [outcome: string, x: Partial<Exchange>, falls: boolean][] = [
    ['reset', { method: 'POST' }, false],
    ['timeout', { method: 'POST' }, false],
    ['error', { method: 'PATCH' }, false],
    ['reset', { method: 'POST', headers: key }, true],
    ['reset', { method: 'GET' }, true],
    ['connect', { method: 'POST' }, true],
    ['unsent', { method: 'POST' }, true],
  ]
  for (const [outcome, x, falls] of cases) {
    const failing: Call = x => {
      x.outcome = outcome
      return outcome === 'error' ? new Reply(500) : fail('UPSTREAM_CONNECT')
    }
    assert.equal(run(failing, { answer: SERVICE, x }).counted.length, falls ? 1 : 0, `${x.method} ${outcome}`)
    assert.equal(run(failing, { answer: STATIC, x }).counted.length, 1)
  }
})

test('a fixed answer needs no body', () => {
  const it = run(
    x => {
      x.body?.pipe(loggingSink())
      return fail('UPSTREAM_TIMEOUT')
    },
    { x: { body: fakeSource(3) } },
  )
  assert.equal(it.result.reply?.status, 203)
})

test('the time that the service had is not the time that the other one has', () => {
  const deadlines: number[] = []
  run(
    x => {
      x.deadlineAt = 50
      return fail('UPSTREAM_TIMEOUT')
    },
    {
      answer: SERVICE,
      x: { deadlineAt: 70 },
      instead: x => {
        deadlines.push(x.deadlineAt)
        return new Reply(203)
      },
    },
  )
  assert.deepEqual(deadlines, [70])
})

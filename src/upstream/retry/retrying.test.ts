import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../../base/errors.ts'
import { headersOf } from '../../base/headers.ts'
import type { Exchange } from '../../core/exchange.ts'
import { Later } from '../../core/maybe.ts'
import type { Reply } from '../../core/reply.ts'
import type { RetrySpec } from '../../spec/spec-resilience.ts'
import { fakeBudget, fakeRetryWorld, retrySpec } from '../testing/retry-world.ts'
import { answers, fakeTries, late, ok, ReplyBody, refused, reset, type Scripted } from '../testing/tries.ts'
import { exchange } from '../testing.ts'
import type { RetryWorld } from './retry-plan.ts'
import { retrying } from './retrying.ts'

const GONE = new Fault('CLIENT_GONE')

/** A request under way; `result` is what came of it so far. */
const run = (
  script: readonly (Scripted | null)[],
  given: {
    spec?: Partial<RetrySpec>
    x?: Partial<Exchange>
    world?: Partial<RetryWorld>
    how?: 'now' | 'promise'
  } = {},
) => {
  const world = fakeRetryWorld(given.world)
  const tries = fakeTries(script, world.clock.now, given.how)
  const x = exchange({ method: 'GET', ...given.x })
  const answer = retrying(retrySpec(given.spec), tries.call, world)(x)
  assert.ok(answer instanceof Later)
  const result: { reply?: Reply; error?: unknown; times: number } = { times: 0 }
  answer.wait({
    onValue: reply => {
      result.times++
      result.reply = reply
    },
    onError: error => {
      result.times++
      result.error = error
    },
  })
  return { world, tries: tries.all, x, result }
}

/** What the client got, how many tries there were, what was counted. */
const summary = ({ result, tries, world }: ReturnType<typeof run>): unknown[] => [
  result.reply?.fault?.code ?? result.reply?.status,
  tries.length,
  world.log,
]

test('a first try that succeeds is passed on as it is, in the same turn and without a timer', () => {
  const body = new ReplyBody()
  const it = run([answers(200, { body })])
  assert.deepEqual(summary(it), [200, 1, []])
  assert.deepEqual([it.result.reply?.body === body, body.fate, it.world.timers], [true, [], 0])
})

for (const [what, first, reason] of [
  ['refused', refused, 'connect'],
  ['reset', reset, 'reset'],
  ['too slow', late, 'timeout'],
  ['a status', answers(503), 'status'],
  ['a connection that took too long', { outcome: 'connect', fault: 'UPSTREAM_TIMEOUT' }, 'connect'],
] as const) {
  test(`${what}: tried again, and counted as ${reason}`, () => {
    const it = run([first, ok])
    it.world.pass(1000)
    assert.deepEqual(summary(it), [200, 2, [reason]])
  })

  test(`${what}: the last answer is passed on when all tries are used up`, () => {
    const it = run([first, first], { spec: { attempts: 2 } })
    it.world.pass(1000)
    assert.deepEqual(summary(it), [first.fault ?? first.status, 2, [reason]])
    assert.equal(it.world.timers, 0)
  })

  test(`${what}: passed on where it is not in \`on\``, () => {
    const it = run([first], { spec: { on: [504] } })
    assert.deepEqual(summary(it), [first.fault ?? first.status, 1, []])
  })
}

test('only `timeout` is wanted: a connection that took too long is one', () => {
  const it = run([{ outcome: 'connect', fault: 'UPSTREAM_TIMEOUT' }, ok], { spec: { on: ['timeout'] } })
  it.world.pass(1000)
  assert.deepEqual(summary(it), [200, 2, ['timeout']])
})

for (const [outcome, fault] of [
  ['unsent', 'CIRCUIT_OPEN'],
  ['unsent', 'NO_HEALTHY_TARGET'],
  ['unsent', 'OVERLOADED'],
  ['unsent', 'UPSTREAM_TIMEOUT'],
  ['protocol', 'UPSTREAM_PROTOCOL'],
  ['cancelled', 'REQUEST_TIMEOUT'],
  ['cancelled', 'BODY_TOO_LARGE'],
  // Whatever the outcome says.
  ['reset', 'CIRCUIT_OPEN'],
  ['connect', 'NO_HEALTHY_TARGET'],
  ['timeout', 'OVERLOADED'],
] as const) {
  test(`${fault} (${outcome}) is never tried again`, () => {
    const it = run([{ outcome, fault }], { spec: { on: ['connect', 'reset', 'timeout', 502, 503, 504] } })
    it.world.pass(1000)
    assert.deepEqual([summary(it), it.world.timers], [[fault, 1, []], 0])
  })
}

test('a status in `on` is that of an answer, not of our own fault', () => {
  assert.deepEqual(summary(run([refused], { spec: { on: [502] } })), ['UPSTREAM_CONNECT', 1, []])
})

test('what an earlier try left in the exchange does not decide on the next one', () => {
  const it = run([refused, null], { spec: { attempts: 3 } })
  assert.equal(it.x.outcome, '')
  it.x.upstreamHeadAt = 5
  it.tries[1]?.end(answers(503))
  it.world.pass(1000)
  assert.equal(it.tries.length, 3)
  assert.equal(it.x.upstreamHeadAt, 0)
})

test('the bound for each try is handed on', () => {
  const it = run([refused, ok], { spec: { perTryMs: 70 } })
  assert.deepEqual(
    it.tries.map(each => each.perTryMs),
    [70, 70],
  )
})

test('answers may come at once or by a promise', async () => {
  for (const how of ['now', 'promise'] as const) {
    const it = run([refused, reset, ok], { how })
    for (let i = 0; i < 5; i++) await null
    it.world.pass(1000)
    for (let i = 0; i < 5; i++) await null
    assert.deepEqual(summary(it), [200, 3, ['connect', 'reset']])
  }
})

test('a try that throws, at once or later, is an error of this request alone', async () => {
  const atOnce = run([refused], { spec: { attempts: 2 } })
  assert.match(String(atOnce.result.error), /one try too many/)
  assert.equal(atOnce.result.times, 1)
  const later = run([null])
  later.tries[0]?.reject(new Error('bug'))
  assert.match(String(later.result.error), /bug/)
})

// --- which requests ---

for (const [method, headers, seen, unseen] of [
  ['GET', [], 2, 2],
  ['HEAD', [], 2, 2],
  ['OPTIONS', [], 2, 2],
  ['PUT', [], 2, 2],
  ['DELETE', [], 2, 2],
  ['POST', [], 1, 2],
  ['PATCH', [], 1, 2],
  ['get', [], 1, 2],
  ['POST', [['idempotency-key', 'k']], 2, 2],
  ['POST', [['idempotency-key', '']], 1, 2],
] as const) {
  test(`${method} ${JSON.stringify(headers)}: ${seen} tries when a target may have seen it, ${unseen} when none has`, () => {
    for (const [first, tries] of [
      [reset, seen],
      [late, seen],
      [answers(503), seen],
      [refused, unseen],
    ] as const) {
      const it = run([first, ok], { x: { method, headers: headersOf(headers) } })
      it.world.pass(1000)
      assert.equal(it.tries.length, tries)
    }
  })
}

test('`anyMethod`: a POST too', () => {
  const it = run([reset, ok], { x: { method: 'POST' }, spec: { anyMethod: true } })
  it.world.pass(1000)
  assert.equal(it.tries.length, 2)
})

// --- when ---

test('after a refusal another target is asked at once, the first time', () => {
  const it = run([refused, refused, ok])
  assert.equal(it.tries.length, 2)
  it.world.pass(49)
  assert.equal(it.tries.length, 2)
  it.world.pass(1)
  assert.equal(it.tries.length, 3)
})

test('after a refusal by the only target there is a pause', () => {
  const it = run([refused, ok], { world: { hasOther: tried => tried.length === 0 } })
  assert.equal(it.tries.length, 1)
  it.world.pass(30)
  assert.equal(it.tries.length, 2)
})

test('pauses grow, and chance decides within their bounds', () => {
  for (const [random, times] of [
    [0, [20, 20, 20, 20]],
    [0.5, [30, 50, 90, 110]],
    [0.999999, [40, 80, 160, 200]],
  ] as const) {
    const it = run([reset, reset, reset, reset, ok], { spec: { attempts: 5 }, world: { random: () => random } })
    for (const [i, ms] of times.entries()) {
      it.world.pass(ms - 1)
      assert.equal(it.tries.length, i + 1)
      it.world.pass(1)
      assert.equal(it.tries.length, i + 2)
    }
  }
})

for (const [what, value, ms] of [
  ['seconds', '2', 2030],
  ['a date', new Date(1_000_000 + 3000).toUTCString(), 3030],
  ['a date that has passed', 'Thu, 01 Jan 1970 00:00:00 GMT', 30],
  ['something unreadable', 'soon', 30],
  ['more than is waited for', '6', -1],
] as const) {
  test(`Retry-After with ${what}`, () => {
    const it = run([answers(503, { headers: [['retry-after', value]] }), ok])
    if (ms < 0) return assert.deepEqual(summary(it), [503, 1, []])
    it.world.pass(ms - 1)
    assert.equal(it.tries.length, 1)
    it.world.pass(1)
    assert.equal(it.tries.length, 2)
  })
}

test('Retry-After is not looked at where it is off', () => {
  const it = run([answers(503, { headers: [['retry-after', '6']] }), ok], { spec: { maxRetryAfterMs: 0 } })
  it.world.pass(30)
  assert.equal(it.tries.length, 2)
})

test('no retry that could not start before the deadline', () => {
  for (const [left, tries] of [
    [31, 2],
    [30, 1],
    [-5, 1],
  ] as const) {
    const it = run([reset, ok], { x: { deadlineAt: 1_000_000 + left } })
    it.world.pass(1000)
    assert.equal(it.tries.length, tries)
  }
})

test('a deadline that the first try sets counts', () => {
  const it = run([null])
  it.x.deadlineAt = it.world.clock.now() + 10
  it.tries[0]?.end(reset)
  assert.deepEqual(summary(it), ['UPSTREAM_CONNECT', 1, []])
})

// --- how many ---

test('the budget is told of each request once, and asked for each retry that a target may see', () => {
  const budget = fakeBudget(1)
  const it = run([refused, reset, reset], { world: { budget }, spec: { attempts: 5 } })
  it.world.pass(1000)
  assert.deepEqual(summary(it), ['UPSTREAM_CONNECT', 3, ['connect', 'reset', 'exhausted']])
  assert.deepEqual(budget.log, ['request', 'ask', 'ask'])
})

test('a connection that was not made in time is asked for, too: nobody knows that the target did not see it', () => {
  const budget = fakeBudget(1)
  const unmade: Scripted = { outcome: 'connect', fault: 'UPSTREAM_TIMEOUT' }
  const it = run([unmade, unmade], { world: { budget }, spec: { attempts: 5 } })
  it.world.pass(1000)
  assert.deepEqual(summary(it), ['UPSTREAM_TIMEOUT', 2, ['connect', 'exhausted']])
  assert.deepEqual(budget.log, ['request', 'ask', 'ask'])
})

test('the answer of a try that opened the breaker stays: another one would only hear that it is open', () => {
  for (const first of [reset, refused, answers(503)]) {
    const budget = fakeBudget(9)
    let open = false
    const it = run([null], { world: { budget, admits: () => !open } })
    open = true
    it.tries[0]?.end(first)
    it.world.pass(1000)
    assert.deepEqual([it.tries.length, budget.log], [1, ['request']])
    assert.equal(it.result.reply?.fault?.code ?? it.result.reply?.status, first.fault ?? first.status)
  }
})

test('the budget is not asked for what would not be tried again anyway', () => {
  for (const [first, x, spec] of [
    [reset, { method: 'POST' }, {}],
    [answers(200), {}, {}],
    [reset, {}, { attempts: 1 }],
    [reset, { deadlineAt: 1_000_001 }, {}],
  ] as const) {
    const budget = fakeBudget(9)
    run([first], { world: { budget }, x, spec })
    assert.deepEqual(budget.log, ['request'])
  }
})

test('a retry that the client did not wait for is given back', () => {
  const budget = fakeBudget(1)
  const it = run([reset], { world: { budget } })
  it.x.cancel(GONE)
  assert.deepEqual([summary(it), budget.log, budget.left], [['CLIENT_GONE', 1, []], ['request', 'ask', 'back'], 1])
})

test('one that was sent is not', () => {
  const budget = fakeBudget(1)
  const it = run([reset, null], { world: { budget } })
  it.world.pass(30)
  it.x.cancel(GONE)
  assert.deepEqual([budget.log, budget.left], [['request', 'ask'], 0])
})

test('what was given back or used up is not given back again', () => {
  const budget = fakeBudget(1)
  const it = run([reset, refused], { world: { budget } })
  it.world.pass(30)
  assert.equal(it.tries.length, 2)
  it.x.cancel(GONE)
  assert.deepEqual(
    [summary(it), budget.log],
    [
      ['CLIENT_GONE', 2, ['reset']],
      ['request', 'ask'],
    ],
  )
})

// --- the client leaves ---

test('the client leaves in a pause: no timer is left, nothing more is tried', () => {
  const it = run([reset, ok])
  it.world.pass(10)
  it.x.cancel(GONE)
  assert.equal(it.world.timers, 0)
  it.world.pass(1000)
  assert.deepEqual([summary(it), it.result.times], [['CLIENT_GONE', 1, []], 1])
})

test('the client leaves in a try: the try hears of it, nothing more is tried', () => {
  const it = run([refused, null])
  it.x.cancel(GONE)
  it.world.pass(1000)
  assert.deepEqual([it.tries[1]?.cancels, summary(it)], [1, ['CLIENT_GONE', 2, ['connect']]])
})

test('the client leaves as its try fails: the failure is passed on, nothing more is tried', () => {
  const it = run([null])
  it.x.cancelled = GONE
  it.tries[0]?.end(reset)
  it.world.pass(1000)
  assert.deepEqual(summary(it), ['UPSTREAM_CONNECT', 1, []])
})

test('whoever reads the answer that is passed on keeps the slot', () => {
  const it = run([reset, null])
  it.world.pass(30)
  it.tries[1]?.end(answers(200, { body: new ReplyBody() }))
  assert.equal(it.x.onCancel, it.tries[1])
})

// --- replies that are not passed on ---

test('a small answer is read to its end, a large one or one of unknown length is cancelled', () => {
  for (const [length, fate] of [
    [4, ['read']],
    [65536, ['read']],
    [65537, ['cancelled']],
    [-1, ['cancelled']],
  ] as const) {
    const body = new ReplyBody(length)
    const it = run([answers(503, { body }), ok])
    it.world.pass(1000)
    assert.deepEqual([body.fate, it.result.reply?.status, it.world.timers], [fate, 200, 0])
  }
})

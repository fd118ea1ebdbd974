import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HEAD_ROOM, TAIL_ROOM } from '../../base/body.ts'
import type { ErrorCode } from '../../base/errors.ts'
import { Fault } from '../../base/errors.ts'
import { headersOf } from '../../base/headers.ts'
import { fakeSource } from '../../base/testing.ts'
import { Later } from '../../core/maybe.ts'
import type { Reply } from '../../core/reply.ts'
import type { RetryOn } from '../../spec/spec-resilience.ts'
import { fakeBudget, fakeRetryWorld, retrySpec } from '../testing/retry-world.ts'
import { fakeTries, ReplyBody, type Scripted } from '../testing/tries.ts'
import { exchange } from '../testing.ts'
import type { Outcome } from '../watch.ts'
import { retrying } from './retrying.ts'

const NEVER_AGAIN: readonly ErrorCode[] = ['CIRCUIT_OPEN', 'NO_HEALTHY_TARGET', 'OVERLOADED']

const faults: readonly (readonly [Outcome, ErrorCode])[] = [
  ['connect', 'UPSTREAM_CONNECT'],
  ['connect', 'UPSTREAM_TIMEOUT'],
  ['reset', 'UPSTREAM_CONNECT'],
  ['timeout', 'UPSTREAM_TIMEOUT'],
  ['protocol', 'UPSTREAM_PROTOCOL'],
  ...NEVER_AGAIN.map(code => ['unsent', code] as const),
]

interface Step {
  readonly outcome: Outcome
  readonly fault?: ErrorCode
  readonly status?: number
  readonly length?: number
  readonly there?: boolean
}

const failed = fc.constantFrom(...faults).map(([outcome, fault]): Step => ({ outcome, fault }))
const answered = fc
  .record({
    status: fc.constantFrom(200, 404, 502, 503),
    length: fc.constantFrom(-1, 0, 4, 70_000),
    there: fc.boolean(),
  })
  .map((step): Step => ({ outcome: step.status >= 500 ? 'error' : 'answered', ...step }))

const step = fc.oneof({ weight: 2, arbitrary: failed }, { weight: 1, arbitrary: answered })
const retryOn = fc.constantFrom<RetryOn>('connect', 'reset', 'timeout', 502, 503)

const cases = fc.record({
  script: fc.array(step, { minLength: 8, maxLength: 8 }),
  spec: fc
    .record({
      attempts: fc.integer({ min: 1, max: 6 }),
      on: fc.uniqueArray(retryOn, { minLength: 1 }),
      maxBodyBytes: fc.constantFrom(0, 4, 100),
      anyMethod: fc.boolean(),
      maxRetryAfterMs: fc.constantFrom(0, 500, 2000),
    })
    .map(retrySpec),
  method: fc.constantFrom('GET', 'PUT', 'POST'),
  key: fc.boolean(),
  body: fc.option(fc.record({ size: fc.constantFrom(0, 3, 60), known: fc.boolean() }), { nil: null }),
  budget: fc.option(fc.nat(3), { nil: null }),
  deadline: fc.option(fc.integer({ min: 1, max: 3000 }), { nil: null }),
  others: fc.boolean(),
  /** How long each try takes. */
  takes: fc.integer({ min: 1, max: 200 }),
  leavesAfter: fc.option(fc.nat(500), { nil: null }),
})
type Case = typeof cases extends fc.Arbitrary<infer C> ? C : never

const bodyOf = ({ size, known }: { size: number; known: boolean }) =>
  fakeSource(known ? size : -1, sink => {
    if (size === 0) return sink.end(null)
    sink.write(Buffer.alloc(HEAD_ROOM + size + TAIL_ROOM, 'b'), HEAD_ROOM, HEAD_ROOM + size, true)
  })

const scripted = ({ outcome, fault, status, length, there }: Step): Scripted => {
  if (fault !== undefined) return { outcome, fault }
  const headers = status === 503 ? ([['retry-after', '1']] as const) : []
  return { outcome, status: status ?? 200, headers, body: new ReplyBody(length, there) }
}

/** Plays a case to its end, millisecond by millisecond. */
const play = (c: Case) => {
  const budget = c.budget === null ? null : fakeBudget(c.budget)
  const world = fakeRetryWorld({ budget, hasOther: () => c.others })
  const script = c.script.map(scripted)
  const startedAt = world.clock.now()
  const tries = fakeTries(Array(8).fill(null), world.clock.now)
  const x = exchange({
    method: c.method,
    headers: headersOf(c.key ? [['idempotency-key', 'k']] : []),
    body: c.body === null ? null : bodyOf(c.body),
    deadlineAt: c.deadline === null ? 0 : startedAt + c.deadline,
  })
  const replies: Reply[] = []
  const answer = retrying(c.spec, tries.call, world)(x)
  assert.ok(answer instanceof Later)
  answer.wait({ onValue: reply => void replies.push(reply), onError: error => assert.fail(String(error)) })

  /** Tries there were when the client left; -1: it stayed. */
  let leftAt = -1
  const endedAt: number[] = []
  for (let ms = 0; ms < 8000; ms++) {
    if (ms === c.leavesAfter && replies.length === 0) {
      leftAt = tries.all.length
      x.cancel(new Fault('CLIENT_GONE'))
    }
    const last = tries.all.length - 1
    const current = tries.all[last]
    if (current !== undefined && !current.settled && world.clock.now() - current.startedAt >= c.takes) {
      endedAt[last] = world.clock.now()
      current.end(script[last]!)
    }
    world.pass(1)
  }
  return { c, world, budget, script, startedAt, tries: tries.all, replies, leftAt, endedAt }
}
type Played = ReturnType<typeof play>

const whatever = (holds: (played: Played) => void): void =>
  fc.assert(
    fc.property(cases, c => holds(play(c))),
    { numRuns: 150 },
  )

test('one answer, no more tries than allowed, none after the client left, no timer that still runs', () => {
  whatever(({ c, tries, replies, world, leftAt }) => {
    assert.deepEqual([replies.length, world.timers], [1, 0])
    assert.ok(tries.length <= c.spec.attempts)
    if (leftAt >= 0) assert.equal(tries.length, leftAt)
    assert.equal(world.log.filter(line => line !== 'exhausted').length, tries.length - 1)
  })
})

test('another try only for what is in `on`, and only of a request that no target has seen or that may be repeated', () => {
  whatever(({ c, script, tries }) => {
    const repeatable = c.method !== 'POST' || c.key || c.spec.anyMethod
    for (const { outcome, fault, status } of script.slice(0, tries.length - 1)) {
      assert.ok(fault === undefined || !NEVER_AGAIN.includes(fault))
      assert.ok(outcome === 'connect' || repeatable)
      assert.ok(fault !== undefined || c.spec.on.some(on => on === status))
    }
  })
})

test('pauses are within their bounds, Retry-After is kept to, and no try starts after the deadline', () => {
  whatever(({ c, script, tries, endedAt, startedAt }) => {
    const { backoffMs, maxRetryAfterMs } = c.spec
    for (const [i, { startedAt: at }] of tries.slice(1).entries()) {
      const { outcome, status } = script[i]!
      const pause = at - endedAt[i]!
      const asked = status === 503 && maxRetryAfterMs > 0 ? 1000 : 0
      if (i === 0 && outcome === 'connect' && c.others) assert.equal(pause, 0)
      else assert.ok(pause >= asked + backoffMs.least && pause <= asked + backoffMs.most, String(pause))
      if (c.deadline !== null) assert.ok(at < startedAt + c.deadline)
    }
  })
})

test('the budget pays for each retry that a target may see, and for nothing else', () => {
  whatever(({ c, script, tries, budget }) => {
    if (budget === null) return
    // Who refuses has seen nothing; who does not answer in time may yet.
    const unseen = ({ outcome, fault }: Scripted): boolean => outcome === 'connect' && fault === 'UPSTREAM_CONNECT'
    const counted = script.slice(0, tries.length - 1).filter(each => !unseen(each))
    assert.equal(c.budget! - budget.left, counted.length)
  })
})

test('every target gets the whole body, and a body that is not kept is sent once', () => {
  whatever(({ c, script, tries, endedAt }) => {
    const whole = c.body === null ? '' : `${'b'.repeat(c.body.size)}.`
    const sent = tries.filter((_, i) => endedAt[i] !== undefined && script[i]!.outcome !== 'connect')
    for (const each of sent) assert.equal(each.sent, whole)
    if (c.body !== null && c.body.size > c.spec.maxBodyBytes) assert.ok(sent.length <= 1)
  })
})

test('every answer is passed on, or read to its end, or cancelled: one of these, once', () => {
  whatever(({ script, tries, replies, endedAt, leftAt }) => {
    for (const [i, { body }] of script.slice(0, tries.length).entries()) {
      if (body === undefined || endedAt[i] === undefined) continue
      const passedOn = replies[0]!.body === body
      assert.equal(passedOn, i === tries.length - 1 && leftAt < 0)
      assert.equal(body.fate.length, passedOn ? 0 : 1, String(body.fate))
    }
  })
})

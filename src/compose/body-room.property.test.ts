import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { Fault } from '../base/errors.ts'
import { Exchange } from '../core/exchange.ts'
import { handOn } from '../core/hand-on.ts'
import type { BranchSpec } from '../spec/spec-aggregate.ts'
import { fieldsPolicy } from './fields/fields-policy.ts'
import { FakeServices, type Plays, Run, reset } from './testing/fake-services.ts'
import { aggregateSpec, branchSpec } from './testing/specs.ts'

/** What one worker holds of bodies, over any mix of requests: never more than it may, exact at any time, and 0 at the end. */

/** No sum of times of services is this, nor one of the timeouts below. */
const DEADLINE = 203
const MOST_OF_ONE = 2500
const MOST_OF_ALL = 5000
/** When the last clients leave. */
const LAST = 450
const GONE = new Fault('CLIENT_GONE', 'the client left')

interface Part {
  readonly plays: Plays
  /** Unpacked. */
  readonly size: number
  readonly required: boolean
  readonly timeoutMs: number
  readonly fallback: boolean
}

interface Asked {
  readonly kind: 'aggregate' | 'fields'
  readonly at: number
  readonly parts: readonly Part[]
  /** Of the client, after it asked; Infinity: it stays. */
  readonly leavesAfter: number
  /** How long it reads. */
  readonly readsFor: number
}

const MS = fc.integer({ min: 0, max: 20 }).map(n => n * 5)

const part: fc.Arbitrary<Part> = fc
  .record({
    size: fc.integer({ min: 2, max: 3000 }),
    packed: fc.boolean(),
    after: MS,
    bodyAfter: fc.oneof({ weight: 6, arbitrary: MS }, fc.constant(Number.POSITIVE_INFINITY)),
    saysLength: fc.boolean(),
    status: fc.constantFrom(200, 200, 200, 503),
    breaks: fc.constantFrom(undefined, undefined, undefined, reset),
    isJson: fc.constantFrom(true, true, true, false),
    required: fc.constantFrom(false, false, false, true),
    timeoutMs: fc.constantFrom(0, 0, 0, 47, 97),
    fallback: fc.boolean(),
  })
  .map(({ size, packed, after, bodyAfter, saysLength, status, breaks, isJson, required, timeoutMs, fallback }) => {
    const plain = Buffer.from(isJson ? JSON.stringify('x'.repeat(size - 2)) : 'x'.repeat(size))
    const body = packed ? gzipSync(plain) : plain
    const type: readonly [string, string] = ['content-type', 'application/json']
    const plays: Plays = {
      after,
      bodyAfter,
      status,
      body,
      headers: packed ? [type, ['content-encoding', 'gzip']] : [type],
      ...(saysLength ? {} : { length: -1 }),
      ...(breaks === undefined ? {} : { breaks }),
    }
    return { plays, size, required, timeoutMs, fallback }
  })

const asked: fc.Arbitrary<Asked> = fc.record({
  kind: fc.constantFrom('aggregate', 'aggregate', 'fields'),
  at: MS,
  parts: fc.array(part, { minLength: 1, maxLength: 4 }),
  leavesAfter: fc.oneof(MS, fc.constant(Number.POSITIVE_INFINITY)),
  readsFor: MS,
})

class Client {
  readonly asked: Asked
  readonly id: number
  over = false
  readonly x = new Exchange()
  readonly run: Run
  private readonly services: FakeServices

  constructor(asked: Asked, services: FakeServices, id: number) {
    this.asked = asked
    this.id = id
    this.services = services
    this.x.method = 'GET'
    const names = asked.parts.map((_, i) => `r${id}b${i}`)
    if (asked.kind === 'aggregate') {
      const branches = asked.parts.map((each, i) =>
        branchSpec(names[i]!, { maxBytes: MOST_OF_ONE, ...optionsOf(each) }),
      )
      const plays = Object.fromEntries(asked.parts.map((each, i) => [names[i]!, each.plays]))
      this.run = services.run(aggregateSpec(branches, { deadlineMs: DEADLINE, maxBytes: MOST_OF_ALL }), plays, this.x)
    } else {
      this.run = new Run(services, this.x)
      const policy = fieldsPolicy(
        { edits: [{ kind: 'omit', paths: ['a'] }], otherContent: 'refuse' },
        services.room,
        MOST_OF_ONE,
      )
      handOn(policy!.wrap!(services.call(names[0]!, asked.parts[0]!.plays))(this.x), this.run)
    }
  }

  /** As connections end: what is under way is cancelled, then the taps run. */
  tick(): void {
    const { asked, run, services, x } = this
    if (this.over) return
    const { elapsed } = services
    const leaves = elapsed - asked.at >= asked.leavesAfter || elapsed >= LAST
    if (leaves) x.cancel(GONE)
    if (!leaves && (run.at < 0 || elapsed < run.at + asked.readsFor)) return
    this.over = true
    x.holding?.release()
  }
}

/** Whether bounds of the request itself have no say, nor those of the worker: then what is held is known. */
const isPlain = ({ parts }: Asked): boolean =>
  parts.every(({ size, plays }) => size <= MOST_OF_ONE && plays.body!.length <= MOST_OF_ONE) &&
  parts.reduce((sum, { size, plays }) => sum + Math.max(size, plays.body!.length), 0) <= MOST_OF_ALL

/** Bodies that were read, and the places of those that are awaited and say how long they are. */
const heldFor = ({ asked, id, over }: Client, { visits }: FakeServices): number => {
  if (over) return 0
  return visits.reduce((sum, { branch, state }) => {
    const [, run, i] = /^r(\d+)b(\d+)$/.exec(branch)!
    if (Number(run) !== id) return sum
    const { plays, size } = asked.parts[Number(i)]!
    if (plays.status !== 200) return sum
    return sum + (state === 'read' ? size : state === 'open' && plays.length === undefined ? plays.body!.length : 0)
  }, 0)
}

const optionsOf = ({ required, timeoutMs, fallback }: Part): Partial<BranchSpec> => ({
  required,
  timeoutMs,
  ...(fallback ? { fallback: { kind: 'value', value: 1 } as const } : {}),
})

test('what is held of bodies is within its bound, what was read and not given up, and nothing at the end', async () => {
  let exact = 0
  let refused = 0
  await fc.assert(
    fc.asyncProperty(fc.array(asked, { minLength: 1, maxLength: 5 }), fc.nat(12_000), async (all, mostHeld) => {
      const services = new FakeServices()
      services.mostHeld = mostHeld
      const clients: Client[] = []
      for (let ms = 0; ms <= 500; ms += 5) {
        for (const [i, each] of all.entries()) if (each.at === ms) clients.push(new Client(each, services, i))
        for (const client of clients) client.tick()
        await services.leap(5)
        assert.ok(services.held.bytes >= 0 && services.held.bytes <= mostHeld, `${services.held.bytes} of ${mostHeld}`)
        // Of what comes in the moment that the whole is given up, order decides.
        const isGivenUp = clients.some(({ over, run }) => !over && (run.reply?.fault ?? null) !== null)
        if (services.refused > 0 || isGivenUp || !all.every(isPlain)) continue
        const expected = clients.reduce((sum, client) => sum + heldFor(client, services), 0)
        assert.equal(services.held.bytes, expected)
        exact++
      }
      refused += services.refused
      assert.ok(services.peak <= mostHeld)
      assert.deepEqual([services.held.bytes, clients.filter(({ over }) => !over).length], [0, 0])
      assert.equal(services.timers.pending, 0)
    }),
    { numRuns: 300 },
  )
  // Usually about 6,000 and 125, by chance.
  assert.ok(exact > 1000 && refused > 20, `${exact} times exact, ${refused} were refused`)
})

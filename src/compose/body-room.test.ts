import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { HEAD_ROOM, type Sink, type Source, TAIL_ROOM } from '../base/body.ts'
import type { Fault } from '../base/errors.ts'
import { headersOf } from '../base/headers.ts'
import { Exchange } from '../core/exchange.ts'
import { Reply } from '../core/reply.ts'
import { fieldsPolicy } from './fields/fields-policy.ts'
import { FakeServices, type Run, turn } from './testing/fake-services.ts'
import { aggregateSpec, branchSpec, ref } from './testing/specs.ts'

const KB = 1024
const MB = 1024 * KB
/** What one read of a socket gives. */
const CHUNK = 64 * KB

/** A body that comes when the test says so, and does not say how long it is. */
class Dribble implements Source {
  readonly length = -1
  cancelled: Fault | null = null
  private readonly bytes: Buffer
  private sink: Sink | null = null
  private at = 0
  private lent = false

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  pipe(sink: Sink): void {
    this.sink = sink
  }

  step(): void {
    if (this.sink === null || this.lent || this.cancelled !== null || this.at >= this.bytes.length) return
    const piece = this.bytes.subarray(this.at, this.at + CHUNK)
    this.at += piece.length
    const framed = Buffer.concat([Buffer.alloc(HEAD_ROOM), piece, Buffer.alloc(TAIL_ROOM)])
    this.lent = !this.sink.write(framed, HEAD_ROOM, HEAD_ROOM + piece.length, this.at === this.bytes.length)
  }

  resume(): void {
    this.lent = false
  }

  cancel(why: Fault): void {
    this.cancelled ??= why
  }
}

const text = (bytes: number): Buffer => Buffer.from(JSON.stringify('x'.repeat(bytes - 2)))
/** Of which packing leaves three quarters. */
const noise = (bytes: number): Buffer =>
  Buffer.from(JSON.stringify(randomBytes(bytes).toString('base64').slice(2, bytes)))

interface Asked {
  readonly services: FakeServices
  readonly bodies: readonly Dribble[]
  readonly run: Run
  /** Bytes of all bodies come in turn, until nothing changes any more. */
  flow(): Promise<void>
}

const ask = (
  bodies: readonly Buffer[],
  { services = new FakeServices(), maxBytes = 4 * MB, coding = '' } = {},
): Asked => {
  const branches = bodies.map((_, i) => branchSpec(`b${i}`, { maxBytes: MB }))
  const dribbles = bodies.map(bytes => new Dribble(bytes))
  const calls = dribbles.map((body, i) => {
    const call = (): Reply => new Reply(200, headersOf(coding === '' ? [] : [['content-encoding', coding]]), body)
    return [`b${i}`, call] as const
  })
  const run = services.runCalls(aggregateSpec(branches, { maxBytes }), new Map(calls))
  const flow = async (): Promise<void> => {
    for (let i = 0; i < 40; i++) {
      for (const body of dribbles) body.step()
      await turn()
    }
  }
  return { services, bodies: dribbles, run, flow }
}

const TEN = Array.from({ length: 10 })

test('bodies that do not say how long they are take of what is allowed as they come', async () => {
  const services = new FakeServices()
  services.mostHeld = 64 * MB
  const { run, bodies, flow } = ask(
    TEN.map(() => text(MB)),
    { services },
  )
  await flow()
  assert.ok(services.peak <= 4 * MB && services.peak > 3 * MB, `${services.peak} bytes were held`)
  const cut = bodies.filter(({ cancelled }) => cancelled !== null).length
  assert.equal(run.partial.split('reason=oversize').length - 1, cut)
  assert.ok(cut > 0 && cut < 10, `${cut} were cut off`)
  assert.equal(services.refused, 0)
})

test('what comes of packed bodies counts as it comes, whatever thread does it', async () => {
  const services = new FakeServices()
  services.mostHeld = 64 * MB
  const packed = TEN.map(() => gzipSync(noise(MB)))
  const { run, flow } = ask(packed, { services, coding: 'gzip' })
  await flow()
  while (run.at < 0) await new Promise(resolve => setImmediate(resolve))
  assert.ok(services.peak <= 4 * MB + 10 * KB, `${services.peak} bytes were held`)
  assert.match(run.partial, /reason=oversize/)
})

test('bombs are cut off one piece beyond what there is room for', async () => {
  const services = new FakeServices()
  services.mostHeld = 64 * MB
  const bomb = gzipSync(text(300 * MB))
  assert.ok(bomb.length > 8192)
  const packed = ask([bomb, bomb], { services, coding: 'gzip' })
  await packed.flow()
  while (packed.run.at < 0) await new Promise(resolve => setImmediate(resolve))
  assert.equal(packed.run.answer[0], 'BRANCH_FAILED')
  assert.ok(services.peak <= 4 * MB, `${services.peak}`)
})

test('what a branch gives up is there for others', async () => {
  const services = new FakeServices()
  const branches = [branchSpec('a', { maxBytes: 100 }), branchSpec('b', { maxBytes: 200 })]
  const big = new Dribble(text(150))
  const later = new Dribble(text(200))
  const calls = new Map([
    ['a', () => new Reply(200, undefined, big)],
    ['b', () => new Reply(200, undefined, later)],
  ])
  const run = services.runCalls(aggregateSpec(branches, { maxBytes: 200 }), calls)
  big.step()
  await turn()
  later.step()
  await turn()
  assert.equal(run.partial, 'a;reason=oversize')
})

test('a worker that holds as much as it may answers 503 at once, for all of the request, and what it held is free', async () => {
  const services = new FakeServices()
  services.mostHeld = 3 * MB
  const first = ask([text(MB), text(MB)], { services })
  await first.flow()
  assert.equal(first.run.answer[0], 200)
  // Its client is slow: the answer is still being sent.
  assert.equal(services.held.bytes, 2 * MB)
  const second = ask([text(MB), text(MB)], { services })
  await second.flow()
  assert.deepEqual(second.run.answer, ['OVERLOADED', 'the gateway holds as many bodies as it may'])
  assert.deepEqual([second.run.reply?.status, second.run.reply?.header('retry-after')], [503, '1'])
  assert.ok(second.bodies.every(({ cancelled }) => cancelled !== null))
  assert.deepEqual(
    services.outcomes.slice(2).map(([, outcome]) => outcome),
    ['cancelled', 'cancelled'],
  )
  second.run.x.holding?.release()
  assert.equal(services.held.bytes, 2 * MB)
  assert.ok(services.refused > 0)
  first.run.x.holding?.release()
  first.run.x.holding?.release()
  assert.equal(services.held.bytes, 0)
  const third = ask([text(MB), text(MB)], { services })
  await third.flow()
  assert.equal(third.run.answer[0], 200)
})

test('nobody is asked when there is no room at all', () => {
  const services = new FakeServices()
  services.mostHeld = 0
  const run = services.run(aggregateSpec([branchSpec('a')]), {})
  assert.deepEqual([run.answer[0], services.visits.length, services.refused], ['OVERLOADED', 0, 1])
})

test('the body of a request counts, too', async () => {
  const services = new FakeServices()
  services.mostHeld = 100 * KB
  const body = new Dribble(text(200 * KB))
  const x = Object.assign(new Exchange(), { body })
  const spec = aggregateSpec([branchSpec('a', { body: { kind: 'ref', ref: ref('body') } })], { maxBytes: MB })
  const run = services.run(spec, {}, x)
  for (let i = 0; i < 4; i++) {
    body.step()
    await turn()
  }
  assert.deepEqual([run.answer[0], body.cancelled?.code, services.visits.length], ['OVERLOADED', 'OVERLOADED', 0])
  x.holding?.release()
  assert.equal(services.held.bytes, 0)
})

test('what comes after the end takes nothing', async () => {
  const services = new FakeServices()
  const { run, bodies } = ask([text(CHUNK * 3)], { services })
  bodies[0]?.step()
  await turn()
  assert.equal(services.held.bytes, CHUNK)
  const { holding } = run.x
  holding?.release()
  assert.equal(holding?.take(1), false)
  holding?.give(1)
  assert.equal(services.held.bytes, 0)
})

test('answers whose fields are edited are counted with those of aggregates, until they are sent', async () => {
  const services = new FakeServices()
  services.mostHeld = 100
  const { wrap, tap } = fieldsPolicy(
    { edits: [{ kind: 'pick', paths: ['a'] }], otherContent: 'refuse' },
    services.room,
  )!
  const edit = async (bytes: number): Promise<[Exchange, Reply]> => {
    const x = new Exchange()
    const body = Buffer.from(`{"a":1}${' '.repeat(bytes - 7)}`)
    const reply = new Reply(200, headersOf([['content-type', 'application/json']]), body)
    return [x, await wrap!(() => reply)(x)]
  }
  const [x, reply] = await edit(90)
  assert.deepEqual([reply.status, services.held.bytes], [200, 90])
  const [other, refused] = await edit(20)
  assert.deepEqual([refused.status, refused.fault?.code], [503, 'OVERLOADED'])
  for (const each of [x, other]) tap!(each, reply)
  assert.equal(services.held.bytes, 0)
})

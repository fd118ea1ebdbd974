import { HEAD_ROOM, type Sink, type Source, TAIL_ROOM } from '../../base/body.ts'
import { Fault } from '../../base/errors.ts'
import { headersOf } from '../../base/headers.ts'
import { fakeClock, fakeTimers } from '../../base/testing.ts'
import { Exchange } from '../../core/exchange.ts'
import type { Receiver } from '../../core/maybe.ts'
import type { Call } from '../../core/policy.ts'
import { faultReply, LaterReply, Reply } from '../../core/reply.ts'
import type { AggregateSpec } from '../../spec/spec-aggregate.ts'
import { aggregate } from '../aggregate.ts'
import type { BranchOutcome } from '../aggregate-plan.ts'
import { type BodyRoom, bodyRoom } from '../body-room.ts'

/** How a service answers. */
export interface Plays {
  /** When its head comes, ms after it is asked; 0: at once. Infinity: never. */
  readonly after?: number
  readonly status?: number
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string | Buffer
  /** What its body says of its length; as it is unless given, -1: nothing. */
  readonly length?: number
  /** When the body is complete, ms after the head; 0: with it. Infinity: never. */
  readonly bodyAfter?: number
  /** Instead of an answer. */
  readonly fault?: Fault
  /** Breaks its body in place of ending it. */
  readonly breaks?: Fault
}

export const reset = new Fault('UPSTREAM_CONNECT', 'the upstream closed the connection before it answered')

/** One request that reached a service. */
export interface Visit {
  readonly branch: string
  readonly x: Exchange
  readonly at: number
  /** When the client's side cancelled it, each time. */
  readonly cancels: number[]
  /** Its reply came. */
  answered: boolean
  /** Of its body; `none`: there is none to read. */
  state: 'open' | 'read' | 'cancelled' | 'discarded' | 'none'
  body: string
}

/** The time of services and gateway, which the test moves, and all that is asked. */
export class FakeServices {
  readonly clock = fakeClock()
  readonly timers = fakeTimers(this.clock)
  readonly visits: Visit[] = []
  readonly outcomes: [branch: string, outcome: BranchOutcome, ms: number][] = []
  readonly startedAt = this.clock.now()
  /** Bytes that all aggregates hold, and may hold. */
  readonly held = { bytes: 0 }
  mostHeld = 1_000_000
  refused = 0
  /** The most that was held at any time. */
  peak = 0
  readonly room: BodyRoom = {
    holdingOf: x =>
      bodyRoom({
        held: this.held,
        most: this.mostHeld,
        onChange: () => {
          this.peak = Math.max(this.peak, this.held.bytes)
        },
        onRefused: () => void this.refused++,
      }).holdingOf(x),
  }

  /** Ms since the beginning. */
  get elapsed(): number {
    return this.clock.now() - this.startedAt
  }

  call(branch: string, plays: Plays): Call {
    return x => {
      const visit: Visit = { branch, x, at: this.elapsed, cancels: [], answered: false, state: 'none', body: bodyOf(x) }
      this.visits.push(visit)
      const { after = 0 } = plays
      if (after === 0) {
        const reply = this.replyOf(visit, plays)
        if (visit.state === 'none') return reply
        x.onCancel = { cancel: () => void visit.cancels.push(this.elapsed) }
        return reply
      }
      const later = new LaterReply()
      const stop =
        after === Number.POSITIVE_INFINITY
          ? () => {}
          : this.timers.after(after, () => {
              later.resolve(this.replyOf(visit, plays))
            })
      x.onCancel = {
        cancel: why => {
          visit.cancels.push(this.elapsed)
          stop()
          later.resolve(faultReply(why))
        },
      }
      return later
    }
  }

  private replyOf(visit: Visit, plays: Plays): Reply {
    visit.answered = true
    if (plays.fault !== undefined) return faultReply(plays.fault)
    const { status = 200, headers = [], body = '{}' } = plays
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    if (bytes.length === 0) return new Reply(status, headersOf(headers))
    visit.state = 'open'
    return new Reply(status, headersOf(headers), new FakeBody(this, visit, bytes, plays))
  }

  /** Runs an aggregate over services that play; a branch without a part answers `{}` at once. */
  run(spec: AggregateSpec, plays: Readonly<Record<string, Plays>>, x: Exchange = new Exchange()): Run {
    const calls = new Map(spec.branches.map(({ name }) => [name, this.call(name, plays[name] ?? {})]))
    return this.runCalls(spec, calls, x)
  }

  runCalls(spec: AggregateSpec, calls: ReadonlyMap<string, Call>, x: Exchange = new Exchange()): Run {
    const call = aggregate(spec, calls, {
      clock: this.clock,
      truly: this.clock.now,
      wantsFares: true,
      room: this.room,
      after: this.timers.after,
      discard: reply => this.discard(reply),
      onBranch: (...outcome) => void this.outcomes.push(outcome),
    })
    const run = new Run(this, x)
    const answer = call(x)
    if (answer instanceof LaterReply) answer.wait(run)
    else throw new Error('an aggregate answers later')
    return run
  }

  /** Ms by ms. */
  async pass(ms: number): Promise<void> {
    for (let i = 0; i < ms; i++) await this.leap(1)
  }

  /** All at once: timers that were due in between fire late. */
  async leap(ms: number): Promise<void> {
    this.clock.advance(ms)
    this.timers.fire()
    await turn()
  }

  private discard(reply: Reply): void {
    const { body } = reply
    reply.body = null
    if (body instanceof FakeBody) body.visit.state = 'discarded'
  }
}

/** What is told after a write comes in a microtask (base/collect.ts). */
export const turn = async (): Promise<void> => {
  for (let i = 0; i < 4; i++) await null
}

class FakeBody implements Source {
  readonly length: number
  readonly visit: Visit
  private readonly services: FakeServices
  private readonly bytes: Buffer
  private readonly plays: Plays
  private stop: () => void = () => {}
  private endedAt = -1

  constructor(services: FakeServices, visit: Visit, bytes: Buffer, plays: Plays) {
    this.length = plays.length ?? bytes.length
    this.services = services
    this.visit = visit
    this.bytes = bytes
    this.plays = plays
  }

  pipe(sink: Sink): void {
    const { bodyAfter = 0 } = this.plays
    if (bodyAfter === 0) return this.send(sink)
    if (bodyAfter !== Number.POSITIVE_INFINITY) this.stop = this.services.timers.after(bodyAfter, () => this.send(sink))
  }

  resume(): void {}

  /** At the moment of its end too, when who reads it has not been told yet (base/collect.ts): later it is a mistake. */
  cancel(): void {
    if (this.visit.state !== 'open' && this.endedAt === this.services.elapsed) return
    if (this.visit.state !== 'open') throw new Error(`a body that is ${this.visit.state} was cancelled`)
    this.visit.state = 'cancelled'
    this.stop()
  }

  private send(sink: Sink): void {
    const { bytes, visit } = this
    if (visit.state !== 'open') return
    this.endedAt = this.services.elapsed
    const framed = Buffer.concat([Buffer.alloc(HEAD_ROOM), bytes, Buffer.alloc(TAIL_ROOM)])
    if (this.plays.breaks !== undefined) {
      visit.state = 'cancelled'
      return sink.abort(this.plays.breaks)
    }
    if (sink.write(framed, HEAD_ROOM, HEAD_ROOM + bytes.length, true)) visit.state = 'read'
  }
}

/** What the client gets of one aggregate. */
export class Run implements Receiver<Reply> {
  readonly x: Exchange
  /** When it came, ms since the beginning; -1: not yet. */
  at = -1
  reply: Reply | null = null
  error: unknown = undefined
  private readonly services: FakeServices

  constructor(services: FakeServices, x: Exchange) {
    this.services = services
    this.x = x
  }

  onValue(reply: Reply): void {
    if (this.at >= 0) throw new Error('answered twice')
    this.at = this.services.elapsed
    this.reply = reply
  }

  onError(error: unknown): void {
    if (this.at >= 0) throw new Error('answered twice')
    this.at = this.services.elapsed
    this.error = error
  }

  /** Status or code, then the body as it is sent or what the problem says. */
  get answer(): readonly [number | string, unknown] {
    const { reply } = this
    if (reply === null) return ['nothing', this.error]
    if (reply.fault !== null) return [reply.fault.code, reply.fault.problem?.members ?? reply.fault.detail]
    return [reply.status, reply.body instanceof Uint8Array ? Buffer.from(reply.body).toString() : null]
  }

  get partial(): string {
    return this.reply?.header('sallyport-partial') ?? ''
  }
}

/** Of a request to a service; its bytes are there. */
const bodyOf = (x: Exchange): string => {
  let text = ''
  x.body?.pipe({
    write: (buf, start, end) => {
      text += buf.toString('utf8', start, end)
      return true
    },
    end() {},
    abort() {},
  })
  return text
}

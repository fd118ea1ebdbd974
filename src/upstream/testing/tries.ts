import { HEAD_ROOM, type Sink, type Source, TAIL_ROOM } from '../../base/body.ts'
import { type ErrorCode, Fault } from '../../base/errors.ts'
import { headersOf } from '../../base/headers.ts'
import type { Cancellable, Exchange } from '../../core/exchange.ts'
import type { Maybe } from '../../core/maybe.ts'
import { faultReply, LaterReply, Reply } from '../../core/reply.ts'
import { Cells } from '../cells.ts'
import type { Member } from '../member.ts'
import type { TryCall } from '../retry/retry-plan.ts'
import { FakeTarget, fakeWorld, memberOf } from '../testing.ts'
import type { Outcome } from '../watch.ts'

/** How a try goes. */
export interface Scripted {
  readonly outcome: Outcome
  /** Of an answer; absent where there is none. */
  readonly status?: number
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: ReplyBody
  /** In place of an answer. */
  readonly fault?: ErrorCode
  /** The target reads none of the request's body; one to which there was no connection never does. */
  readonly unread?: boolean
}

/** A body of an answer that knows what became of it. */
export class ReplyBody implements Source {
  readonly length: number
  /** `read` to its end, `cancelled`, or both, in order. */
  readonly fate: string[] = []
  private readonly there: boolean
  private sink: Sink | null = null

  /** `there` false: it comes when the test says so. */
  constructor(length = 4, there = true) {
    this.length = length
    this.there = there
  }

  pipe(sink: Sink): void {
    this.sink = sink
    if (this.there) this.come()
  }

  come(): void {
    this.fate.push('read')
    const n = Math.max(0, this.length)
    this.sink?.write(Buffer.alloc(HEAD_ROOM + n + TAIL_ROOM), HEAD_ROOM, HEAD_ROOM + n, true)
  }

  breakOff(): void {
    this.sink?.abort(new Fault('UPSTREAM_PROTOCOL'))
  }

  resume(): void {}

  cancel(): void {
    this.fate.push('cancelled')
  }
}

/** A try under way, which the test ends. */
export class FakeTry extends LaterReply implements Cancellable {
  readonly perTryMs: number
  readonly startedAt: number
  /** What of the request's body it was sent. */
  sent = ''
  cancels = 0
  private readonly x: Exchange

  constructor(x: Exchange, perTryMs: number, startedAt: number) {
    super()
    this.x = x
    this.perTryMs = perTryMs
    this.startedAt = startedAt
    x.onCancel = this
  }

  cancel(why: Fault): void {
    this.cancels++
    this.x.outcome = 'cancelled'
    this.resolve(faultReply(why))
  }

  end(how: Scripted): void {
    if (this.settled) return
    if (how.outcome !== 'connect' && how.unread !== true) this.x.body?.pipe(this.reader())
    this.x.outcome = how.outcome
    const reply = replyOf(how)
    // Who still reads an answer can be cancelled.
    if (reply.body === null && this.x.onCancel === this) this.x.onCancel = null
    this.resolve(reply)
  }

  private reader(): Sink {
    return {
      write: (buf, start, end, last) => {
        this.sent += buf.toString('latin1', start, end) + (last ? '.' : '')
        return true
      },
      end: trailers => {
        this.sent += trailers === null ? '.' : `.${trailers.nameAt(0)}`
      },
      abort: () => {},
    }
  }
}

const replyOf = ({ fault, status = 200, headers = [], body }: Scripted): Reply =>
  fault === undefined ? new Reply(status, headersOf(headers), body ?? null) : faultReply(new Fault(fault))

const cells = new Cells(Cells.create(1, 20))
const world = fakeWorld()
const MEMBERS = Array.from({ length: 20 }, (_, i) => memberOf(new FakeTarget(`t${i}`, world), i, cells))

export interface FakeTries {
  readonly call: TryCall
  readonly all: FakeTry[]
}

/**
 * Tries that end as the script says, at once or when the test ends them: `null`. Each goes to a target of its own.
 * `how`: in which way the answer comes.
 */
export const fakeTries = (
  script: readonly (Scripted | null)[],
  now: () => number = () => 0,
  how: 'later' | 'now' | 'promise' = 'later',
): FakeTries => {
  const all: FakeTry[] = []
  const call = (x: Exchange, tried: Member[], perTryMs: number): Maybe<Reply> => {
    const attempt = new FakeTry(x, perTryMs, now())
    const step = script[all.length]
    all.push(attempt)
    tried.push(MEMBERS[all.length - 1]!)
    if (step === undefined) throw new Error('one try too many')
    if (step === null) return attempt
    attempt.end(step)
    if (how === 'later') return attempt
    const settled = { reply: undefined as Reply | undefined }
    attempt.wait({ onValue: reply => (settled.reply = reply), onError: () => {} })
    return how === 'now' ? settled.reply! : Promise.resolve(settled.reply!)
  }
  return { call, all }
}

export const ok: Scripted = { outcome: 'answered', status: 200 }
export const refused: Scripted = { outcome: 'connect', fault: 'UPSTREAM_CONNECT' }
export const reset: Scripted = { outcome: 'reset', fault: 'UPSTREAM_CONNECT' }
export const late: Scripted = { outcome: 'timeout', fault: 'UPSTREAM_TIMEOUT' }
export const answers = (status: number, given: Partial<Scripted> = {}): Scripted => ({
  outcome: status >= 500 ? 'error' : 'answered',
  status,
  ...given,
})

import type { Cancellable, Exchange } from '../../core/exchange.ts'
import { Later } from '../../core/maybe.ts'
import type { Reply } from '../../core/reply.ts'
import type { RequestNotes } from './request-notes.ts'

type After = (ms: number, callback: () => void) => () => void

export interface GateRunOptions {
  /** What its answer is. */
  readonly answered: (value: unknown) => Reply | undefined
  /** Tells what went wrong; gives what the client gets. */
  readonly failed: (error: unknown) => Reply
  /** What is said when its time is used up. */
  readonly overrun: () => Error
}

/** A gate that waits for something: until it answers, its time is used up, or the client is gone. */
export class GateRun extends Later<Reply | undefined> implements Cancellable {
  private readonly x: Exchange
  private readonly notes: RequestNotes
  private readonly options: GateRunOptions
  private stopTimer = (): void => {}

  /** The functions throw nothing. */
  constructor(x: Exchange, notes: RequestNotes, options: GateRunOptions) {
    super()
    this.x = x
    this.notes = notes
    this.options = options
  }

  start(pending: PromiseLike<unknown>, leftMs: number, after: After): this {
    const { answered, failed, overrun } = this.options
    this.x.onCancel = this
    this.stopTimer = after(leftMs, () => this.giveUp(() => failed(overrun())))
    // What comes after the end is heard all the same: a rejection that nobody hears ends the thread.
    Promise.resolve(pending).then(
      value => this.end(() => answered(value)),
      (error: unknown) => this.end(() => failed(error)),
    )
    return this
  }

  /** Whoever pulled the slot knows what to answer. */
  cancel(): void {
    this.giveUp(() => undefined)
  }

  private giveUp(answer: () => Reply | undefined): void {
    if (!this.settled) this.notes.abort()
    this.end(answer)
  }

  private end(answer: () => Reply | undefined): void {
    if (this.settled) return
    const { x, notes } = this
    this.stopTimer()
    notes.open = false
    if (x.onCancel === this) x.onCancel = null
    this.resolve(answer())
  }
}

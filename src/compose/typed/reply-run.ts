import type { Fault } from '../../base/errors.ts'
import type { Receiver } from '../../core/maybe.ts'
import type { Composing } from '../compose.ts'
import type { RequestFacts } from './request-facts.ts'

/** How long `reply` may take when a slow branch has used up the deadline. */
const LEAST_MS = 100

/** Ms that `reply` has. */
export const budgetOf = (leftMs: number): number => Math.max(leftMs, LEAST_MS)

export interface ReplyRunOptions {
  readonly request: RequestFacts
  readonly budgetMs: number
  readonly after: (ms: number, callback: () => void) => () => void
  /** Throws where it is no answer. */
  readonly write: (value: unknown) => Buffer
  /** Tells what went wrong, and gives what the client is told. */
  readonly failed: (error: unknown) => Fault
}

/** An asynchronous `reply` on its way to a body. */
export class ReplyRun implements Composing {
  private readonly pending: PromiseLike<unknown>
  private readonly options: ReplyRunOptions
  private receiver: Receiver<Buffer> | null = null
  private stopTimer = (): void => {}

  constructor(pending: PromiseLike<unknown>, options: ReplyRunOptions) {
    this.pending = pending
    this.options = options
  }

  wait(receiver: Receiver<Buffer>): void {
    const { after, budgetMs } = this.options
    this.receiver = receiver
    this.stopTimer = after(budgetMs, () => {
      this.fail(new Error(`it took longer than the ${Math.round(budgetMs)} ms it had`), true)
    })
    // What comes after the end is heard all the same: a rejection that nobody hears ends the thread.
    Promise.resolve(this.pending).then(
      value => this.done(value),
      (error: unknown) => this.fail(error, false),
    )
  }

  /** Nobody wants the answer any more. */
  cancel(): void {
    this.end(true)
  }

  private done(value: unknown): void {
    if (this.receiver === null) return
    let body: Buffer
    try {
      body = this.options.write(value)
    } catch (error) {
      return this.fail(error, false)
    }
    this.end(false)?.onValue(body)
  }

  private fail(error: unknown, inVain: boolean): void {
    if (this.receiver !== null) this.end(inVain)?.onError(this.options.failed(error))
  }

  /** Whoever waits has to be told, once. */
  private end(inVain: boolean): Receiver<Buffer> | null {
    const { receiver } = this
    if (receiver === null) return null
    this.receiver = null
    this.stopTimer()
    this.options.request.close(inVain)
    return receiver
  }
}

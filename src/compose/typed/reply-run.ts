import type { Fault } from '../../base/errors.ts'
import type { RequestFacts } from '../../core/code/request-facts.ts'
import type { Receiver } from '../../core/maybe.ts'
import type { Budget } from './budget.ts'

export interface ReplyRunOptions<T> {
  readonly request: RequestFacts
  readonly budget: Budget
  readonly after: (ms: number, callback: () => void) => () => void
  /** Throws where it is no answer. */
  readonly write: (value: unknown) => T
  /** Tells what went wrong, and gives what the client is told. */
  readonly failed: (error: unknown) => Fault
}

/** A promise of a configuration's code on its way to what is made of it: a body, or an answer. */
export class ReplyRun<T> {
  private readonly pending: PromiseLike<unknown>
  private readonly options: ReplyRunOptions<T>
  private receiver: Receiver<T> | null = null
  private stopTimer = (): void => {}

  constructor(pending: PromiseLike<unknown>, options: ReplyRunOptions<T>) {
    this.pending = pending
    this.options = options
  }

  wait(receiver: Receiver<T>): void {
    const { after, budget } = this.options
    this.receiver = receiver
    this.stopTimer = after(budget.leftMs(), () => this.fail(budget.overrun(), true))
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
    let body: T
    try {
      body = this.options.write(value)
      // One that does not give the thread back is done before its timer can fire.
      this.options.budget.check()
    } catch (error) {
      return this.fail(error, false)
    }
    this.end(false)?.onValue(body)
  }

  private fail(error: unknown, inVain: boolean): void {
    if (this.receiver !== null) this.end(inVain)?.onError(this.options.failed(error))
  }

  /** Whoever waits has to be told, once. */
  private end(inVain: boolean): Receiver<T> | null {
    const { receiver } = this
    if (receiver === null) return null
    this.receiver = null
    this.stopTimer()
    this.options.request.close(inVain)
    return receiver
  }
}

import {
  type Answer,
  type FromWorker,
  type Generation,
  isKeyRequest,
  isRelayed,
  type KeyRequest,
  type Relayed,
  type ToWorker,
} from './messages.ts'
import type { Spawn, WorkerPort } from './port.ts'
import type { Cancel, Timers } from './timers.ts'

export interface SlotOptions {
  readonly index: number
  readonly spawn: Spawn
  readonly timers: Timers
  readonly relay: (index: number, message: Relayed | KeyRequest) => void
  /** The worker is gone for good; whatever waited for its answers has been told already. */
  readonly onLost: (slot: Slot, why: string) => void
}

interface Wait {
  readonly matches: (answer: Answer) => boolean
  readonly settle: (answer: Answer) => void
  readonly lost: () => void
}

/**
 * The place of one worker. Workers come and go in it, one at a time: the column of a gauge belongs to the place, so a
 * new worker starts only when the old thread has ended.
 */
export class Slot {
  readonly index: number
  /** The generation its worker serves; 0: none yet. */
  serving = 0
  /** Its worker is up and on a generation: it takes part in reloads and its heartbeat counts. */
  live = false

  #port: WorkerPort | null = null
  #why = ''
  #waits = new Set<Wait>()
  readonly #options: SlotOptions

  constructor(options: SlotOptions) {
    this.index = options.index
    this.#options = options
  }

  get running(): boolean {
    return this.#port !== null
  }

  /** A worker that cannot even be started counts as one that died: `onLost` is called. */
  start(): void {
    if (this.#port !== null) throw new Error(`worker ${this.index} is running already`)
    this.#why = ''
    try {
      this.#port = this.#options.spawn(this.index, {
        message: message => this.#receive(message),
        failed: error => {
          this.#why ||= reasonOf(error)
        },
        exited: code => this.#exited(code),
      })
    } catch (error) {
      this.#why = reasonOf(error)
      this.#exited(1)
    }
  }

  /** Resolves when the worker is ready to commit; rejects with the reason when it cannot, died, or took too long. */
  async prepare(generation: Generation, timeoutMs: number): Promise<void> {
    const { number } = generation
    this.#port?.post({ type: 'prepare', generation })
    const answer = await this.#answer(
      a => (a.type === 'prepared' || a.type === 'refused') && a.number === number,
      timeoutMs,
    )
    if (answer.type === 'refused') throw new Error(answer.reason)
  }

  /** Resolves when the worker serves the generation; rejects when it died or took too long. */
  async commit(number: number, timeoutMs: number): Promise<void> {
    this.#port?.post({ type: 'commit', number })
    await this.#answer(a => a.type === 'committed' && a.number === number, timeoutMs)
    this.serving = number
  }

  /** Passes on what nobody waits for an answer to. */
  tell(message: ToWorker): void {
    this.#port?.post(message)
  }

  abort(number: number): void {
    this.#port?.post({ type: 'abort', number })
  }

  /** Resolves when the worker has nothing left to do; rejects when it died or took too long. */
  async drain(drainMs: number, timeoutMs: number): Promise<void> {
    this.#port?.post({ type: 'drain', drainMs })
    await this.#answer(a => a.type === 'drained', timeoutMs)
  }

  /** Ends the worker for the reason given; `onLost` follows. */
  kill(why: string): void {
    this.#why ||= why
    this.#port?.terminate()
  }

  /** Resolves once no thread is in this place. */
  ended(): Promise<void> {
    if (this.#port === null) return Promise.resolve()
    return new Promise(resolve => {
      this.#waits.add({ matches: () => false, settle: () => {}, lost: () => resolve() })
    })
  }

  #answer(matches: (answer: Answer) => boolean, timeoutMs: number): Promise<Answer> {
    if (this.#port === null) return Promise.reject(this.#stopped())
    return new Promise((resolve, reject) => {
      const done = (): void => {
        cancel()
        this.#waits.delete(wait)
      }
      const wait: Wait = {
        matches,
        settle: answer => {
          done()
          resolve(answer)
        },
        lost: () => {
          done()
          reject(this.#stopped())
        },
      }
      const cancel: Cancel = this.#options.timers.after(timeoutMs, () => {
        done()
        reject(new Error(`worker ${this.index} did not answer within ${timeoutMs / 1000} s`))
      })
      this.#waits.add(wait)
    })
  }

  #receive(message: FromWorker): void {
    if (isRelayed(message) || isKeyRequest(message)) {
      this.#options.relay(this.index, message)
      return
    }
    for (const wait of this.#waits) {
      if (wait.matches(message)) {
        wait.settle(message)
        return
      }
    }
  }

  #exited(code: number): void {
    this.#why ||= `its thread ended with code ${code}`
    this.#port = null
    this.live = false
    this.serving = 0
    for (const wait of [...this.#waits]) wait.lost()
    this.#waits.clear()
    this.#options.onLost(this, this.#why)
  }

  #stopped(): Error {
    return new Error(`worker ${this.index} stopped: ${this.#why || 'it was never started'}`)
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error))

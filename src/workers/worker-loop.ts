import type { Provisions, Serving } from '../core/serving.ts'
import { bindProblem } from './bind.ts'
import type { Answer, Generation, KeyAnswer, RosterChange, ToWorker } from './messages.ts'

export interface WorkerLoopOptions {
  readonly serving: Serving
  /** What a generation is served with: counters in shared memory, stores. May reject with one sentence. */
  readonly provisionsOf: (generation: Generation) => Promise<Provisions>
  /** Called just before what was prepared goes live. */
  readonly onCommit: () => void
  readonly answer: (answer: Answer) => void
  /** Called at once, whatever else is under way. */
  readonly onKeys: (answer: KeyAnswer) => void
  readonly onRoster: (change: RosterChange) => void
  /** Sends what is still buffered (the access log); called before `drained` is answered. */
  readonly flush: () => void
}

/**
 * The worker's side of DESIGN §4 "Reload": does what the main thread asks, one thing after the other. Only a drain
 * does not queue: a worker that hangs while it prepares must still be able to end well.
 *
 * A commit that throws leaves the worker in no known state, so it is not caught: the thread dies and is replaced.
 */
export const createWorkerLoop = (options: WorkerLoopOptions): ((message: ToWorker) => Promise<void>) => {
  const { serving, answer } = options
  let turn: Promise<void> = Promise.resolve()

  const prepare = async (generation: Generation): Promise<void> => {
    const { number } = generation
    try {
      await serving.prepare(generation.spec, await options.provisionsOf(generation))
      answer({ type: 'prepared', number })
    } catch (error) {
      answer({ type: 'refused', number, reason: reasonOf(error) })
    }
  }

  const commit = async (number: number): Promise<void> => {
    options.onCommit()
    serving.commit()
    answer({ type: 'committed', number })
  }

  const drain = async (drainMs: number): Promise<void> => {
    await serving.drain(drainMs)
    options.flush()
    answer({ type: 'drained' })
  }

  const queue = (step: () => Promise<void>): Promise<void> => {
    turn = turn.then(step)
    return turn
  }

  return message => {
    switch (message.type) {
      case 'prepare':
        return queue(() => prepare(message.generation))
      case 'commit':
        return queue(() => commit(message.number))
      case 'abort':
        return queue(() => serving.abort())
      case 'drain':
        return drain(message.drainMs)
      case 'roster':
        options.onRoster(message)
        return Promise.resolve()
      case 'keys':
      case 'keys-refreshed':
        options.onKeys(message)
        return Promise.resolve()
    }
  }
}

/** The system's own words are not for people: `listen EADDRINUSE: ...`. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const { address, port } = error as { address?: unknown; port?: unknown }
  if (typeof address !== 'string' || typeof port !== 'number') return error.message
  return bindProblem(error, { host: address, port }, 'a listener')
}

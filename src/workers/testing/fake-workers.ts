import type { FromWorker, ToWorker } from '../messages.ts'
import type { PortEvents, Spawn } from '../port.ts'

/** A worker made of plain calls: remembers what it was asked and answers when, and how, the test says. */
export interface FakeWorker {
  readonly index: number
  readonly asked: ToWorker[]
  /** The generation it serves; 0: none. */
  serving: number
  dead: boolean
  /** Answers the oldest unanswered message as a good worker would. */
  answer(): void
  say(message: FromWorker): void
  die(error?: Error): void
}

export interface FakeWorkers {
  readonly spawn: Spawn
  /** Every worker ever started, oldest first. */
  readonly all: FakeWorker[]
  /** Those alive now. */
  readonly alive: FakeWorker[]
  /** While true, workers answer by themselves. */
  obedient: boolean
  /** Decides about each `prepare`: a reason to refuse, 'hang', 'die', or nothing. */
  onPrepare: (worker: FakeWorker, number: number) => string | undefined
  /** When set, starting a worker throws it. */
  spawnError: Error | undefined
}

export const fakeWorkers = (): FakeWorkers => {
  const workers: FakeWorkers = {
    all: [],
    get alive() {
      return this.all.filter(worker => !worker.dead)
    },
    obedient: true,
    onPrepare: () => undefined,
    spawnError: undefined,
    spawn: (index, events) => {
      if (workers.spawnError !== undefined) throw workers.spawnError
      const worker = fakeWorker(index, events, workers)
      workers.all.push(worker)
      return {
        post: message => {
          worker.asked.push(message)
          if (workers.obedient) queueMicrotask(() => worker.answer())
        },
        terminate: () => queueMicrotask(() => worker.die()),
      }
    },
  }
  return workers
}

const fakeWorker = (index: number, events: PortEvents, workers: FakeWorkers): FakeWorker => {
  let answered = 0
  const prepare = (number: number): void => {
    const fate = workers.onPrepare(worker, number)
    if (fate === 'hang') return
    if (fate === 'die') worker.die(new Error('out of memory'))
    else if (fate !== undefined) worker.say({ type: 'refused', number, reason: fate })
    else worker.say({ type: 'prepared', number })
  }
  const worker: FakeWorker = {
    index,
    asked: [],
    serving: 0,
    dead: false,
    answer: () => {
      const message = worker.asked[answered]
      if (message === undefined || worker.dead) return
      answered++
      if (message.type === 'prepare') prepare(message.generation.number)
      if (message.type === 'commit') {
        worker.serving = message.number
        worker.say({ type: 'committed', number: message.number })
      }
      if (message.type === 'drain') worker.say({ type: 'drained' })
    },
    say: message => {
      if (!worker.dead) events.message(message)
    },
    die: error => {
      if (worker.dead) return
      worker.dead = true
      if (error !== undefined) events.failed(error)
      events.exited(1)
    },
  }
  return worker
}

import type { Sink, Source } from './body.ts'
import type { Fault } from './errors.ts'
import type { HeaderView } from './headers.ts'

/** A clock that stands still until the test moves it. */
export interface FakeClock {
  now(): number
  wall(): number
  advance(ms: number): void
}

export const fakeClock = (start = 1_000_000): FakeClock => {
  let now = start
  return {
    now: () => now,
    wall: () => now,
    advance: ms => {
      now += ms
    },
  }
}

/** One-shot timers of a fake clock: `fire` runs those that are due, in order of their time. */
export interface FakeTimers {
  after(ms: number, run: () => void): () => void
  fire(): void
  readonly pending: number
}

export const fakeTimers = (clock: FakeClock): FakeTimers => {
  let waiting: { at: number; run: () => void }[] = []
  return {
    after: (ms, run) => {
      const timer = { at: clock.now() + ms, run }
      waiting.push(timer)
      return () => {
        waiting = waiting.filter(each => each !== timer)
      }
    },
    fire: () => {
      for (;;) {
        const due = waiting.filter(({ at }) => at <= clock.now()).sort((a, b) => a.at - b.at)[0]
        if (due === undefined) return
        waiting = waiting.filter(each => each !== due)
        due.run()
      }
    },
    get pending() {
      return waiting.length
    },
  }
}

/** Writes down what reaches it, one line a call; `takes` says how many writes are taken before one is lent. */
export interface LoggingSink extends Sink {
  readonly log: string[]
  takes: number
  /** All data so far, as latin1. */
  readonly text: string
}

export const loggingSink = (takes = Number.POSITIVE_INFINITY): LoggingSink => {
  const log: string[] = []
  let text = ''
  return {
    log,
    takes,
    get text() {
      return text
    },
    write(buf, start, end, last) {
      const data = buf.toString('latin1', start, end)
      text += data
      log.push(last ? `last ${data}` : `write ${data}`)
      return this.takes-- > 0
    },
    end: trailers => void log.push(trailers === null ? 'end' : `end ${linesOf(trailers).join(', ')}`),
    abort: why => void log.push(`abort ${why.code}`),
  }
}

export const linesOf = (view: HeaderView): string[] =>
  Array.from({ length: view.count }, (_, i) => `${view.nameAt(i)}: ${view.valueAt(i)}`)

/** A source that the test plays by hand. */
export interface FakeSource extends Source {
  sink: Sink | null
  readonly log: string[]
}

export const fakeSource = (length: number, onPipe: (sink: Sink) => void = () => {}): FakeSource => {
  const log: string[] = []
  const source: FakeSource = {
    length,
    sink: null,
    log,
    pipe: sink => {
      source.sink = sink
      onPipe(sink)
    },
    resume: () => void log.push('resume'),
    cancel: (why: Fault) => void log.push(`cancel ${why.code}`),
  }
  return source
}

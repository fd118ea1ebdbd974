import { type Timer, Wheel } from '../base/wheel.ts'
import type { Clock, Timers } from '../core/ports.ts'

/** Time as a test has it: it stands still until the test moves it. */
export interface TestClock {
  /** Milliseconds since the epoch. */
  now(): number
  /**
   * Moves time on. Whatever becomes due on the way happens in its order, each at its own time, and what waits for promises
   * goes on in between: when this resolves, all that could happen by then has happened. Not what the outside world has to
   * do first, such as an answer over a real socket.
   */
  advance(ms: number): Promise<void>
  /** Resolves once time has moved on by so much: a service that takes its time, say. */
  wait(ms: number): Promise<void>
}

export interface TestClockOptions {
  /** What time it is, in ms since the epoch or as a Date. The real time unless given, so that real tokens are valid. */
  readonly at?: number | Date
}

/** What of a clock only the gateway sees. */
export interface ClockWorks {
  readonly clock: Clock
  readonly timers: Timers
}

const works = new WeakMap<TestClock, ClockWorks>()

/** Throws a TypeError for a clock that was not made by `createTestClock`. */
export const worksOf = (clock: TestClock): ClockWorks => {
  const found = works.get(clock)
  if (found === undefined) throw new TypeError('"clock" must be made by createTestClock()')
  return found
}

interface Due {
  at: number
  /** 0: once. */
  readonly everyMs: number
  readonly run: () => void
}

/** Far from 0, which stands for "has not happened" here and there. */
const START = 1_000_000

/** Makes a clock for `createTestGateway`; several gateways may share one. */
export const createTestClock = ({ at = Date.now() }: TestClockOptions = {}): TestClock => {
  const epoch = Number(at) - START
  if (!Number.isFinite(epoch)) throw new TypeError('"at" must be a time')
  let now = START
  const due = new Set<Due>()

  const add = (ms: number, everyMs: number, run: () => void): (() => void) => {
    const entry: Due = { at: now + Math.max(0, ms), everyMs, run }
    due.add(entry)
    return () => void due.delete(entry)
  }

  /** The earliest; of several at one time the one that was set first. */
  const nextBy = (end: number): Due | undefined => {
    let next: Due | undefined
    for (const entry of due) if (entry.at <= end && (next === undefined || entry.at < next.at)) next = entry
    return next
  }

  const advance = async (ms: number): Promise<void> => {
    if (!(ms >= 0 && Number.isFinite(ms))) throw new TypeError('time moves on by a number of milliseconds, from 0 up')
    const end = now + ms
    await settle()
    for (let next = nextBy(end); next !== undefined; next = nextBy(end)) {
      // Not backwards: what was late before is due now.
      now = Math.max(now, next.at)
      due.delete(next)
      if (next.everyMs > 0) {
        next.at = now + next.everyMs
        due.add(next)
      }
      next.run()
      await settle()
    }
    now = Math.max(now, end)
  }

  const clock: TestClock = {
    now: () => epoch + now,
    advance,
    wait: async ms => {
      // What is no number never comes, and a test would hang without a word.
      if (typeof ms !== 'number' || Number.isNaN(ms))
        throw new TypeError('what is waited for is a number of milliseconds')
      await new Promise<void>(resolve => void add(ms, 0, resolve))
    },
  }
  works.set(clock, {
    clock: { now: () => now, wall: () => epoch + now },
    timers: { after: (ms, run) => add(ms, 0, run), every: (ms, run) => add(ms, Math.max(1, ms), run) },
  })
  return clock
}

/** Lets every promise that can go on do so. */
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** All timeouts to the millisecond, where a worker's wheel rounds them up to its tick. */
export class ExactWheel extends Wheel {
  private readonly works: ClockWorks
  private readonly armed = new Map<Timer, () => void>()

  constructor(works: ClockWorks) {
    super(() => works.clock.now())
    this.works = works
  }

  override setAt(timer: Timer, at: number): void {
    this.clear(timer)
    timer.deadline = Math.max(1, at)
    const cancel = this.works.timers.after(at - this.works.clock.now(), () => {
      this.armed.delete(timer)
      timer.deadline = 0
      timer.onExpire()
    })
    this.armed.set(timer, cancel)
  }

  override set(timer: Timer, ms: number): void {
    this.setAt(timer, this.works.clock.now() + ms)
  }

  override clear(timer: Timer): void {
    timer.deadline = 0
    this.armed.get(timer)?.()
    this.armed.delete(timer)
  }

  override remove(timer: Timer): void {
    this.clear(timer)
  }

  override advance(): void {}
}

/** Something that waits. Embed it in the object that waits; one at a time. */
export class Timer {
  readonly onExpire: () => void
  /** Absolute tick; 0: not armed. */
  deadline = 0
  /** The bucket's tick; 0: in no bucket. */
  visitAt = 0
  prev: Timer | null = null
  next: Timer | null = null

  constructor(onExpire: () => void) {
    this.onExpire = onExpire
  }
}

const BUCKETS = 64

/**
 * All timeouts of a worker on one coarse clock (default tick 200 ms), so that a request costs no timer of its own.
 *
 * Lazy: a timer whose deadline moves later keeps its place and is moved on when its bucket is visited, so re-arming
 * an idle timeout on every request is one assignment. A timer fires at most one tick after its deadline, never before.
 */
export class Wheel {
  readonly tickMs: number
  private readonly now: () => number
  /** Told of what a timer throws; the other timers fire all the same. */
  private readonly onThrow: (error: unknown) => void
  private readonly buckets: Timer[]
  private readonly origin: number
  /** The last tick visited. */
  private tick = 1

  constructor(now: () => number, tickMs = 200, onThrow: (error: unknown) => void = rethrow) {
    this.onThrow = onThrow
    this.now = now
    this.tickMs = tickMs
    this.origin = now() - tickMs
    this.buckets = Array.from({ length: BUCKETS }, sentinel)
  }

  /** Fires `ms` from now, rounded up to a tick; replaces an earlier deadline of the same timer. */
  set(timer: Timer, ms: number): void {
    this.setAt(timer, this.now() + ms)
  }

  /** Like `set`, with an absolute time of the clock. */
  setAt(timer: Timer, at: number): void {
    const deadline = Math.max(this.tick + 1, Math.ceil((at - this.origin) / this.tickMs))
    timer.deadline = deadline
    if (timer.visitAt === 0) this.insert(timer, deadline)
    else if (deadline < timer.visitAt) {
      unlink(timer)
      this.insert(timer, deadline)
    }
  }

  /** Stays linked until its bucket is visited, which is what makes disarming free. */
  clear(timer: Timer): void {
    timer.deadline = 0
  }

  /** Forgets a timer at once; for objects at the end of their life. */
  remove(timer: Timer): void {
    timer.deadline = 0
    if (timer.visitAt === 0) return
    unlink(timer)
    timer.visitAt = 0
  }

  /** Called by the worker's one interval. */
  advance(): void {
    const target = Math.floor((this.now() - this.origin) / this.tickMs)
    // After a long stall every bucket is visited once at most.
    if (target - this.tick > BUCKETS) this.tick = target - BUCKETS
    while (this.tick < target) {
      this.tick++
      this.visit(this.buckets[this.tick % BUCKETS]!)
    }
  }

  private visit(bucket: Timer): void {
    if (bucket.next === bucket) return
    // The chain is moved aside first: what expires may arm or remove any timer, and what comes back into this bucket
    // waits for the next turn of the wheel.
    const due = sentinel()
    due.next = bucket.next
    due.prev = bucket.prev
    due.next!.prev = due
    due.prev!.next = due
    bucket.next = bucket
    bucket.prev = bucket
    while (due.next !== due) {
      const timer = due.next!
      unlink(timer)
      timer.visitAt = 0
      if (timer.deadline > this.tick) this.insert(timer, timer.deadline)
      else if (timer.deadline !== 0) {
        timer.deadline = 0
        try {
          timer.onExpire()
        } catch (error) {
          this.onThrow(error)
        }
      }
    }
  }

  private insert(timer: Timer, deadline: number): void {
    const visitAt = Math.min(deadline, this.tick + BUCKETS - 1)
    timer.visitAt = visitAt
    const bucket = this.buckets[visitAt % BUCKETS]!
    timer.next = bucket
    timer.prev = bucket.prev
    bucket.prev!.next = timer
    bucket.prev = timer
  }
}

const rethrow = (error: unknown): void => {
  throw error
}

const sentinel = (): Timer => {
  const bucket = new Timer(() => {})
  bucket.prev = bucket
  bucket.next = bucket
  return bucket
}

const unlink = (timer: Timer): void => {
  timer.prev!.next = timer.next
  timer.next!.prev = timer.prev
  timer.prev = null
  timer.next = null
}

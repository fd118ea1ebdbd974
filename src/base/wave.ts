/** Somebody with bytes that wait for the end of the turn. */
export interface Sender {
  /** Sends them, if they still wait. Must not throw. */
  sendWaiting(): void
}

/** Reads in what was seen of a turn that make it a busy one. */
const BUSY_READS = 8
/** Of turns that are not busy one in so many reads is looked at, so that looking costs nothing. */
const LOOK_EVERY = 32
/** Whoever waits first is sent after so many others at the latest, or once so long has passed between two reads. */
const MOST_WAITING = 32
const LONGEST_WAIT_MS = 1
const MEMORY_BYTES = 64 * 1024
/** Longer ones are not worth a copy. */
export const MOST_KEPT_BYTES = 4096

/**
 * Puts off writes to the end of a busy turn of the event loop (docs/decisions/0020). Each write wakes the process that reads
 * it, which costs several microseconds where that has gone to sleep; when dozens of connections are read in one turn, the
 * first write of several wakes it, and the others find it awake. Where few are, nothing is put off: what is read has to be
 * on its way before the next comes, or both sides wait for each other.
 */
export class Wave {
  /** Whether writes may wait now. */
  isBusy = false
  private readonly later: (run: () => void) => void
  private isLooking = false
  /** Reads until the next look; while one is on, minus those it has seen. */
  private left = LOOK_EVERY
  private readonly senders: (Sender | null)[] = Array.from({ length: MOST_WAITING }, () => null)
  private count = 0
  /** When the first of them began to wait. */
  private since = 0
  private memory: Buffer | null = null
  private used = 0
  /** Some of what is in `memory` is still on its way. */
  private isLent = false

  /** `later` calls once what was read in this turn is worked off. */
  constructor(later: (run: () => void) => void) {
    this.later = later
  }

  /** Bytes have come on some connection; `at` in ms. */
  read(at: number): void {
    if (--this.left === 0) this.look()
    if (this.count > 0 && at - this.since > LONGEST_WAIT_MS) this.flush()
  }

  /** Calls `sender` before the turn ends; `at` in ms. Only while busy. */
  putOff(sender: Sender, at: number): void {
    if (!this.isLooking) this.look()
    if (this.count === 0) this.since = at
    this.senders[this.count++] = sender
    if (this.count === MOST_WAITING) this.flush()
  }

  /** A copy of `buf[start, end)`, at most `MOST_KEPT_BYTES`, that stays as it is until its sender has been called. */
  keep(buf: Buffer, start: number, end: number): Buffer {
    if (this.used + end - start > MEMORY_BYTES) {
      this.flush()
      if (this.isLent) this.memory = null
      this.used = 0
      this.isLent = false
    }
    this.memory ??= Buffer.allocUnsafeSlow(MEMORY_BYTES)
    const at = this.used
    this.used = at + buf.copy(this.memory, at, start, end)
    return this.memory.subarray(at, this.used)
  }

  /** Something that was kept is not out, and stays in use for nobody knows how long. */
  lend(): void {
    this.isLent = true
  }

  private look(): void {
    this.isLooking = true
    this.left = 0
    this.later(this.turnEnds)
  }

  private readonly turnEnds = (): void => {
    this.isLooking = false
    this.isBusy = -this.left >= BUSY_READS
    this.left = this.isBusy ? 1 : LOOK_EVERY
    this.flush()
  }

  private flush(): void {
    for (let i = 0; i < this.count; i++) {
      const sender = this.senders[i]!
      this.senders[i] = null
      sender.sendWaiting()
    }
    this.count = 0
    if (!this.isLent) this.used = 0
  }
}

/** Of this thread. */
export const wave = new Wave(run => void setImmediate(run))

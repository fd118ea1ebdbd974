/**
 * What all workers and the main thread know together about one service and its targets: plain 32-bit words in shared
 * memory, read and changed with Atomics, never locked. What each worker writes often stands in a column of its own, a
 * cache line or more from the next, and is added up by whoever reads.
 *
 *     head          LINE words, see HEAD
 *     breaker       LINE words, the service's
 *     columns       one per worker: COLUMN words
 *     targets       one per slot: LINE words, see TARGET; LINE words, its breaker's; one COLUMN per worker
 */

/** A cache line. */
export const LINE = 16
const BUCKETS = 10
/** tick, total, failed, slow */
const BUCKET_WORDS = 4
/** Buckets of one window, rounded up to whole cache lines. */
const WINDOW = 48
export const COLUMN = LINE + 2 * WINDOW

/** Of workers that step back for each other. */
const MOST_TRIES = 4

export const HEAD = {
  workers: 0,
  /** Rises with every change that matters to who chooses a target. */
  epoch: 1,
  /** Targets that are ejected now. */
  ejected: 2,
  /** 1 open, 2 closed: the service's breaker is forced by an operator; 0: it decides by itself. */
  forced: 3,
} as const

export const TARGET = {
  /** 1: active health checks failed. Written by the main thread. */
  unhealthy: 0,
  /** 1: gets no new requests: an operator's wish, or it left the list. Written by the main thread. */
  draining: 1,
  /** 1: ejected as an outlier, until `ejectedUntil`. */
  ejected: 2,
  ejectedUntil: 3,
  /** How often it was ejected of late; what makes the next ejection longer. */
  ejections: 4,
  /** How often in all. */
  ejectionsEver: 5,
  /** Failures in a row, see outliers. */
  errors: 6,
  localErrors: 7,
  /** Why it was ejected last, see outliers. */
  reason: 8,
  /** Mean latency in µs, and when it was last brought up to date. Plain reads and writes: a lost one does not matter. */
  latency: 9,
  latencyAt: 10,
  /** Since when it takes traffic, for slow start; 0: since ever. */
  upSince: 11,
  /** As HEAD.forced. */
  forced: 12,
} as const

/** Words in a worker's column, before its windows; `open`: connections to a target, where those are bounded. */
export const OWN = { inFlight: 0, queued: 1, retrying: 2, open: 3 } as const

/** Where a sliding window lives: `workers` columns, `stride` words apart; a worker writes its own only. */
export interface WindowCells {
  readonly words: Int32Array
  /** The window of worker 0. */
  readonly at: number
  readonly stride: number
  readonly workers: number
  /** How many buckets there are, of four words: tick, total, failed, slow. */
  readonly buckets: number
}

export interface BreakerCells {
  readonly words: Int32Array
  /** LINE words for the state machine. */
  readonly at: number
  /** The word that says it is forced. */
  readonly forcedAt: number
  readonly window: WindowCells
}

export class Cells {
  readonly words: Int32Array<SharedArrayBuffer>
  readonly workers: number
  /** Most targets. */
  readonly capacity: number

  /** As large as the memory is now. */
  constructor(memory: SharedArrayBuffer) {
    // A view that grows along with its memory takes many times as long to read.
    this.words = new Int32Array(memory, 0, memory.byteLength / Int32Array.BYTES_PER_ELEMENT)
    this.workers = this.words[HEAD.workers]!
    this.capacity = (this.words.length - targetAt(0, this.workers)) / targetWords(this.workers)
  }

  /**
   * Memory of a service that may have up to `capacity` targets, and can be made to hold up to `most`; until then these
   * take room among the addresses of the process, no memory.
   */
  static create(workers: number, capacity: number, most = capacity): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(bytesFor(workers, capacity), { maxByteLength: bytesFor(workers, most) })
    new Int32Array(memory, 0, 1)[HEAD.workers] = workers
    return memory
  }

  /** The same memory with room for as many targets. Nothing moves: whoever has the cells of before shares their slots. */
  grown(capacity: number): Cells {
    const { buffer } = this.words
    const bytes = bytesFor(this.workers, capacity)
    if (buffer.byteLength < bytes) buffer.grow(bytes)
    return new Cells(buffer)
  }

  /** Where the words of a target begin, see TARGET. */
  target(slot: number): number {
    return targetAt(slot, this.workers)
  }

  /** Where a worker's column of the service begins, see OWN. */
  column(worker: number): number {
    return 2 * LINE + worker * COLUMN
  }

  /** Where a worker's column of a target begins, see OWN. */
  targetColumn(slot: number, worker: number): number {
    return this.target(slot) + 2 * LINE + worker * COLUMN
  }

  get breaker(): BreakerCells {
    return { words: this.words, at: LINE, forcedAt: HEAD.forced, window: this.window(this.column(0), 0) }
  }

  /** total: requests, failed: retries. */
  get budget(): WindowCells {
    return this.window(this.column(0), 1)
  }

  targetBreaker(slot: number): BreakerCells {
    const at = this.target(slot)
    const window = this.window(this.targetColumn(slot, 0), 0)
    return { words: this.words, at: at + LINE, forcedAt: at + TARGET.forced, window }
  }

  outliers(slot: number): WindowCells {
    return this.window(this.targetColumn(slot, 0), 1)
  }

  /** Whoever chooses targets has to look again. */
  changed(): void {
    Atomics.add(this.words, HEAD.epoch, 1)
  }

  /** Of one word of a target's columns, over all workers. */
  targetSum(slot: number, word: number): number {
    return this.sum(this.targetColumn(slot, 0) + word)
  }

  serviceSum(word: number): number {
    return this.sum(this.column(0) + word)
  }

  /**
   * Adds one to `own`, if that makes no more than `most` over all workers; `first` is the same word of worker 0. Counted
   * first and looked at then: of workers that want the last place in the same moment never two get it. Whoever stepped
   * back looks again, or none of them would.
   */
  tryAdd(first: number, own: number, most: number): boolean {
    const { words } = this
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      Atomics.add(words, own, 1)
      if (this.sumNow(first) <= most) return true
      this.subtract(own)
      if (this.sumNow(first) >= most) return false
    }
    return false
  }

  /** Takes one from a word of a worker's own; never below 0: the main thread may have cleared it, thinking it dead. */
  subtract(own: number): void {
    if (this.words[own]! > 0) Atomics.sub(this.words, own, 1)
  }

  /** Forgets all about a slot: another target moves in. What is in flight there leaves by itself. */
  resetTarget(slot: number): void {
    const at = this.target(slot)
    if (Atomics.exchange(this.words, at + TARGET.ejected, 0) === 1) Atomics.sub(this.words, HEAD.ejected, 1)
    this.clear(at, at + 2 * LINE)
    for (let worker = 0; worker < this.workers; worker++) {
      const column = this.targetColumn(slot, worker)
      this.clear(column + LINE, column + COLUMN)
    }
    this.changed()
  }

  /** A worker died: what it had under way is not under way any more. What it counted in windows grows old by itself. */
  clearWorker(worker: number): void {
    const own = this.column(worker)
    this.clear(own, own + LINE)
    for (let slot = 0; slot < this.capacity; slot++) {
      const column = this.targetColumn(slot, worker)
      this.clear(column, column + LINE)
    }
  }

  private clear(from: number, to: number): void {
    // What is written takes memory: of the room for a thousand targets most has never been touched.
    // Backwards, so that the state of a breaker goes before the moment it is known by: the other way round, a request in
    // between could begin a phase that no answer would belong to.
    for (let at = to - 1; at >= from; at--) if (Atomics.load(this.words, at) !== 0) Atomics.store(this.words, at, 0)
  }

  private sum(at: number): number {
    const { words, workers } = this
    let sum = 0
    for (let worker = 0; worker < workers; worker++, at += COLUMN) sum += words[at]!
    return sum
  }

  /** Of the word at `at` and its like of the other workers; in order with what was written before it, unlike `sum`. */
  sumNow(at: number): number {
    const { words, workers } = this
    let sum = 0
    for (let worker = 0; worker < workers; worker++, at += COLUMN) sum += Atomics.load(words, at)
    return sum
  }

  private window(column: number, nth: 0 | 1): WindowCells {
    return {
      words: this.words,
      at: column + LINE + nth * WINDOW,
      stride: COLUMN,
      workers: this.workers,
      buckets: BUCKETS,
    }
  }
}

const targetWords = (workers: number): number => 2 * LINE + workers * COLUMN
const targetAt = (slot: number, workers: number): number => 2 * LINE + workers * COLUMN + slot * targetWords(workers)
const bytesFor = (workers: number, capacity: number): number =>
  targetAt(capacity, workers) * Int32Array.BYTES_PER_ELEMENT

if (BUCKETS * BUCKET_WORDS > WINDOW) throw new Error('a window does not hold its buckets')

/**
 * Moments as they stand in cells: hundredths of a second of the clock that all threads share, cut to 32 bits. They wrap
 * after 497 days; compared by `isLater`, spans of up to 248 days are right. 0 is kept for "never".
 */
export const moment = (sharedMs: number): number => Math.floor(sharedMs / 10) | 0 || 1
/** `ms` later, rounded up. */
export const momentAfter = (at: number, ms: number): number => (at + Math.ceil(ms / 10)) | 0 || 1
export const isLater = (a: number, b: number): boolean => ((a - b) | 0) > 0
/** From `from` to `to`, ms; negative when `to` is earlier. */
export const msBetween = (from: number, to: number): number => ((to - from) | 0) * 10

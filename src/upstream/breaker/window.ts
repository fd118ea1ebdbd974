import type { WindowCells } from '../cells.ts'
import { elapsed, hundredths } from './elapsed.ts'

/**
 * A sliding window over all workers. Each writes its own column, with plain writes: nobody else does, so there is
 * nothing to swap. A bucket is known by the moment it began, not by a number: so buckets of workers that divide time
 * differently, as before and after a reload, can be added up, and old ones are known to be old whoever wrote them.
 */
export interface Window {
  /** A request in the window of `now`. */
  add(failed: boolean, slow: boolean, now: number): void
  /** A failure without a request. All who sum later see it: see budget.ts. */
  addFailure(now: number): void
  /** Takes back a failure that was added at the moment `at`, unless its bucket has gone. */
  dropFailure(at: number): void
  /** Of all workers. Buckets that began at or before `since` are left out; 0: none is. */
  sum(now: number, into: Sums, since?: number): void
}

export interface Sums {
  total: number
  failed: number
  slow: number
}

const TOTAL = 1
const FAILED = 2
const SLOW = 3
const BUCKET_WORDS = 4

/** Holds what happened in the last `lengthMs`, of which the first tenth, the oldest bucket's, goes as a whole. */
export const createWindow = (cells: WindowCells, worker: number, lengthMs: number): Window => {
  const { words, buckets } = cells
  const span = hundredths(lengthMs / buckets)
  const { open, find } = ownColumn(cells, worker, span)
  return {
    add(failed, slow, now) {
      const bucket = open(now)
      words[bucket + TOTAL] = words[bucket + TOTAL]! + 1
      // Atomically, by which the total is published too: of two workers that fail and sum at once, one sees both.
      if (failed) Atomics.add(words, bucket + FAILED, 1)
      if (slow) Atomics.add(words, bucket + SLOW, 1)
    },
    addFailure: now => void Atomics.add(words, open(now) + FAILED, 1),
    dropFailure(at) {
      const bucket = find(at)
      if (bucket >= 0 && words[bucket + FAILED]! > 0) Atomics.sub(words, bucket + FAILED, 1)
    },
    sum: summing(cells, span * buckets),
  }
}

/** The buckets of one worker, each known by the index of its first word. */
const ownColumn = ({ words, at, stride, buckets }: WindowCells, worker: number, span: number) => {
  const column = at + worker * stride
  let start = 0
  let bucket = column

  const isCurrent = (now: number): boolean => (now - start) >>> 0 < span && words[bucket] === start
  const placeOf = (now: number): number => column + (Math.floor((now >>> 0) / span) % buckets) * BUCKET_WORDS
  const startOf = (now: number): number => (now - ((now >>> 0) % span)) | 0

  const turn = (now: number): number => {
    start = startOf(now)
    bucket = placeOf(now)
    if (words[bucket] === start) return bucket
    // The bucket that was here has left everybody's window, but for who is behind. It is emptied first and renamed
    // then: in between its counts are missing, but never are old ones taken for new.
    for (let word = TOTAL; word < BUCKET_WORDS; word++) words[bucket + word] = 0
    Atomics.store(words, bucket, start)
    return bucket
  }
  return {
    open: (now: number): number => (isCurrent(now) ? bucket : turn(now)),
    /** -1: another one is in its place. */
    find(at: number): number {
      if (isCurrent(at)) return bucket
      const place = placeOf(at)
      return words[place] === startOf(at) ? place : -1
    },
  }
}

const summing =
  ({ words, at, stride, workers, buckets }: WindowCells, length: number) =>
  (now: number, into: Sums, since: number = 0): void => {
    const oldest = since === 0 ? length : Math.min(length, elapsed(since, now))
    into.total = into.failed = into.slow = 0
    for (let worker = 0, column = at; worker < workers; worker++, column += stride)
      for (let bucket = column, end = column + buckets * BUCKET_WORDS; bucket < end; bucket += BUCKET_WORDS) {
        // Read first and atomically, so that counts are not older than the name. What is in a bucket that turns right
        // now may be newer: that is of this window as well.
        const age = (now - Atomics.load(words, bucket)) | 0
        // The clock of another worker may be ahead of this one's.
        if (age >= oldest || age <= -length) continue
        into.total += words[bucket + TOTAL]!
        into.failed += words[bucket + FAILED]!
        into.slow += words[bucket + SLOW]!
      }
  }

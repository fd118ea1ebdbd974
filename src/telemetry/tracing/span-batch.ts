import type { SpanSink } from '../../core/trace.ts'

/** Spans on their way out of a worker. */
export interface SentSpans {
  /** JSON objects with commas between them. */
  readonly spans: string
  readonly count: number
  /** Lost before these, since too much was on its way. */
  readonly dropped: number
}

/** A worker's spans until they are handed on. */
export interface SpanBatch extends SpanSink {
  /** Hands on what has gathered; called by the worker's timer. */
  tick(): void
}

export interface SpanBatchOptions {
  readonly send: (spans: SentSpans) => void
  /** Characters that were sent and have not arrived: added to here, taken off by whoever receives them. */
  readonly underway: Underway
  readonly batchLength?: number
  readonly mostUnderway?: number
}

/** One word of shared memory. */
export interface Underway {
  add(length: number): void
  read(): number
}

const BATCH_LENGTH = 64 * 1024
/** Of one worker: the main thread that does not come round to receiving must not cost memory without bound. */
const MOST_UNDERWAY = 1024 * 1024

export const createSpanBatch = (options: SpanBatchOptions): SpanBatch => {
  const { send, underway, batchLength = BATCH_LENGTH, mostUnderway = MOST_UNDERWAY } = options
  let spans = ''
  let count = 0
  let dropped = 0

  const flush = (): void => {
    if (underway.read() + spans.length > mostUnderway) {
      dropped += count
    } else {
      underway.add(spans.length)
      send({ spans, count, dropped })
      dropped = 0
    }
    spans = ''
    count = 0
  }

  return {
    add(span) {
      spans += count === 0 ? span : `,${span}`
      count++
      if (spans.length >= batchLength) flush()
    },
    tick() {
      if (count > 0 || (dropped > 0 && underway.read() < mostUnderway)) flush()
    },
  }
}

/** Place `at` of a shared array, of which each worker has one. */
export const underwayAt = (words: Int32Array, at: number): Underway => ({
  add: length => void Atomics.add(words, at, length),
  read: () => Atomics.load(words, at),
})

import type { SentSpans } from './span-batch.ts'

/** What one request to the collector holds. */
export interface SpanLoad {
  readonly spans: string
  readonly count: number
}

/** Spans that wait to be exported; bounded. What finds no room is lost, so that what came first is whole. */
export interface SpanQueue {
  readonly isEmpty: boolean
  /** False: there is no room. */
  add(sent: SentSpans): boolean
  /** As much as fits into one request, the oldest first. Not to be called while it is empty. */
  take(): SpanLoad
  /** How many spans were in it, which is empty now. */
  clear(): number
}

const MOST_WAITING = 8 * 1024 * 1024
/** Collectors take 20 MiB and more; the OpenTelemetry SDKs send half as much as this. */
const MOST_LOAD = 512 * 1024

/** Bounds in characters, which are bytes but for what is not ASCII. */
export const createSpanQueue = (mostWaiting = MOST_WAITING, mostLoad = MOST_LOAD): SpanQueue => {
  let waiting: SentSpans[] = []
  let length = 0
  return {
    get isEmpty() {
      return waiting.length === 0
    },
    add(sent) {
      if (length + sent.spans.length > mostWaiting) return false
      waiting.push(sent)
      length += sent.spans.length
      return true
    },
    take() {
      let end = 0
      let taken = 0
      while (end < waiting.length && (end === 0 || taken + waiting[end]!.spans.length <= mostLoad))
        taken += waiting[end++]!.spans.length
      const load = waiting.splice(0, end)
      length -= taken
      return { spans: load.map(({ spans }) => spans).join(','), count: countIn(load) }
    },
    clear() {
      const lost = countIn(waiting)
      waiting = []
      length = 0
      return lost
    },
  }
}

const countIn = (sent: readonly SentSpans[]): number => sent.reduce((sum, { count }) => sum + count, 0)

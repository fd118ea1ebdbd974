import { type Cells, msBetween, TARGET } from '../cells.ts'
import { isFailure, type Watch } from '../watch.ts'

/** After this long an old latency counts for 1/e of what it did (Finagle's and Linkerd's time constant). */
const DECAY_MS = 10_000
/**
 * A failure counts as at least this slow, else a target that refuses at once would look like a fast one; failures that
 * follow each other double it up to a minute, from which a target is back in a minute and a half.
 */
const FAILURE_US = 100_000
const MOST_FAILURE_US = 60_000_000
const MOST_US = 1_000_000_000

/** What is left now of the latency in the cells of the target at word `at`, µs; 0: nobody knows. */
export const latencyNow = (words: Int32Array, at: number, now: number): number => {
  const latency = words[at + TARGET.latency]!
  return latency === 0 ? 0 : latency * fading(msBetween(words[at + TARGET.latencyAt]!, now))
}

const fading = (ms: number): number => (ms <= 0 ? 1 : Math.exp(-ms / DECAY_MS))

/**
 * Keeps the latency of a target as a peak-sensitive moving average (Finagle's peak EWMA): it rises to a peak at once and
 * comes down in time, so that one slow answer is felt by the next request. `now` gives a moment of cells.ts. Workers
 * write the same two words without waiting for each other; a sample that gets lost is made up for by the next.
 */
export const latencyWatch = ({ words }: Cells, at: number, now: () => number): Watch => ({
  ended(outcome, ms) {
    if (outcome === 'cancelled' || outcome === 'unsent') return
    const time = now()
    const before = words[at + TARGET.latency]!
    const kept = fading(msBetween(words[at + TARGET.latencyAt]!, time))
    const us = ms * 1000
    const sample = isFailure(outcome) ? Math.max(us, ofFailure(before * kept)) : us
    const after = before === 0 || sample >= before ? sample : before * kept + sample * (1 - kept)
    words[at + TARGET.latency] = Math.min(MOST_US, Math.max(1, Math.round(after)))
    words[at + TARGET.latencyAt] = time
  },
})

const ofFailure = (present: number): number => Math.min(MOST_FAILURE_US, Math.max(FAILURE_US, 2 * present))

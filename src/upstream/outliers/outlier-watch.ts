import type { OutliersSpec } from '../../spec/spec-resilience.ts'
import { createWindow } from '../breaker/window.ts'
import { type Cells, TARGET } from '../cells.ts'
import { isFailure, type Outcome, type Watch } from '../watch.ts'
import { eject } from './eject.ts'
import { REASON, type Reason, reasonText } from './reason.ts'

export interface OutlierWorld {
  /** A moment of cells.ts. */
  readonly now: () => number
  /** How many targets the list has now. */
  readonly targets: () => number
  /** Ejected or, with `dryRun`, would have been. */
  readonly onEject?: (slot: number, reason: string) => void
}

/**
 * What one worker learns of one target: ejects after failures in a row, counted together with all other workers, and
 * counts what `lookOver` judges by. Failures of the way there (refused, reset, too slow) are counted apart when the spec
 * has a bound of their own for them; rates are of all failures.
 */
export const outlierWatch = (
  spec: OutliersSpec,
  cells: Cells,
  slot: number,
  worker: number,
  { now, targets, onEject }: OutlierWorld,
): Watch => {
  const { words } = cells
  const errorsAt = cells.target(slot) + TARGET.errors
  const localAt = cells.target(slot) + TARGET.localErrors
  const apart = spec.consecutiveLocalErrors > 0
  const rates = spec.failureRate > 0 || spec.deviation > 0
  const window = rates ? createWindow(cells.outliers(slot), worker, spec.intervalMs) : null

  const failed = (at: number, bound: number, reason: Reason): void => {
    const errors = countTo(words, at, bound)
    if (errors === 0) return
    // Those who were full when it came to that are tried again with each failure.
    const done = spec.dryRun ? errors === NOW : eject(spec, cells, slot, targets(), reason, now())
    if (done) onEject?.(slot, reasonText(reason))
  }

  return {
    ended(outcome) {
      if (outcome === 'answered') {
        // Mostly they are 0, and a cache line that nobody writes is cheap to read.
        if (words[errorsAt] !== 0) Atomics.store(words, errorsAt, 0)
        if (words[localAt] !== 0) Atomics.store(words, localAt, 0)
        window?.add(false, false, now())
        return
      }
      if (!isFailure(outcome)) return
      window?.add(true, false, now())
      if (apart && isLocal(outcome)) return failed(localAt, spec.consecutiveLocalErrors, REASON.localErrors)
      if (words[localAt] !== 0) Atomics.store(words, localAt, 0)
      failed(errorsAt, spec.consecutiveErrors, REASON.errors)
    },
  }
}

/** Of the way there, not said by the target. */
const isLocal = (outcome: Outcome): boolean => outcome === 'connect' || outcome === 'reset' || outcome === 'timeout'

const BEFORE = 0
const NOW = 1
const STILL = 2

/** Whether the bound of failures in a row is reached. Counts no further, as a dead target may fail for years. 0: off. */
const countTo = (words: Int32Array, at: number, bound: number): typeof BEFORE | typeof NOW | typeof STILL => {
  if (bound === 0) return BEFORE
  if (Atomics.load(words, at) >= bound) return STILL
  const errors = Atomics.add(words, at, 1) + 1
  return errors < bound ? BEFORE : errors === bound ? NOW : STILL
}

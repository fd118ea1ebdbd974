import type { OutliersSpec } from '../../spec/spec-resilience.ts'
import { createWindow, type Sums } from '../breaker/window.ts'
import { type Cells, msBetween, TARGET } from '../cells.ts'
import { eject, readmit } from './eject.ts'
import { judge, type TargetRate } from './judge.ts'
import { reasonText } from './reason.ts'

/**
 * Once per interval, by the main thread: readmits those whose time is over, lets what makes ejections longer shrink, and
 * ejects by rates. `slots` are those of the targets in the list now; `onEject` as for `outlierWatch`.
 */
export const lookOver = (
  spec: OutliersSpec,
  cells: Cells,
  slots: readonly number[],
  now: number,
  onEject?: (slot: number, reason: string) => void,
): void => {
  for (const slot of slots) if (!readmit(cells, slot, now)) forgive(spec, cells, slot, now)
  const rates = ratesOf(spec, cells, slots, now)
  for (const { slot, reason } of judge(spec, rates)) {
    if (spec.dryRun || eject(spec, cells, slot, slots.length, reason, now)) onEject?.(slot, reasonText(reason))
  }
}

/** Makes the next ejection shorter by one step, when the whole interval went by without one. */
const forgive = (spec: OutliersSpec, cells: Cells, slot: number, now: number): void => {
  const { words } = cells
  const at = cells.target(slot)
  const ejections = Atomics.load(words, at + TARGET.ejections)
  if (ejections === 0 || Atomics.load(words, at + TARGET.ejected) !== 0) return
  if (msBetween(Atomics.load(words, at + TARGET.ejectedUntil), now) < spec.intervalMs) return
  Atomics.compareExchange(words, at + TARGET.ejections, ejections, ejections - 1)
}

/** Of the targets that take part in the traffic. */
const ratesOf = (spec: OutliersSpec, cells: Cells, slots: readonly number[], now: number): readonly TargetRate[] => {
  if (spec.failureRate === 0 && spec.deviation === 0) return []
  const sum: Sums = { total: 0, failed: 0, slow: 0 }
  const rates: TargetRate[] = []
  for (const slot of slots) {
    const at = cells.target(slot)
    if (Atomics.load(cells.words, at + TARGET.ejected) !== 0) continue
    // What it was ejected for is not held against it twice.
    const since = Atomics.load(cells.words, at + TARGET.upSince)
    createWindow(cells.outliers(slot), 0, spec.intervalMs).sum(now, sum, since)
    rates.push({ slot, total: sum.total, failed: sum.failed })
  }
  return rates
}

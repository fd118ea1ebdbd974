import { type Cells, TARGET } from '../cells.ts'

/** Says in shared memory what is thought of a target; whoever chooses targets is told only when that is new. */
export const markHealth = (cells: Cells, slot: number, healthy: boolean, now: () => number): void => {
  const at = cells.target(slot)
  const unhealthy = healthy ? 0 : 1
  if (Atomics.exchange(cells.words, at + TARGET.unhealthy, unhealthy) === unhealthy) return
  if (healthy) Atomics.store(cells.words, at + TARGET.upSince, now())
  cells.changed()
}

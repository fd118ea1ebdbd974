import { type Cells, COLUMN, HEAD, LINE, TARGET } from '../cells.ts'

/**
 * What is known of a service and of the targets in `slots`, into a memory that is new and that nobody uses yet. What is
 * in flight is left out: it leaves where it came in.
 */
export const copyCells = (from: Cells, to: Cells, slots: Iterable<number>): void => {
  const copy = (source: number, target: number, words: number): void => {
    for (let i = 0; i < words; i++) to.words[target + i] = Atomics.load(from.words, source + i)
  }
  const copyWindows = (source: number, target: number): void => copy(source + LINE, target + LINE, COLUMN - LINE)

  to.words[HEAD.epoch] = Atomics.load(from.words, HEAD.epoch) + 1
  to.words[HEAD.forced] = Atomics.load(from.words, HEAD.forced)
  copy(from.breaker.at, to.breaker.at, LINE)
  for (let worker = 0; worker < to.workers; worker++) copyWindows(from.column(worker), to.column(worker))
  let ejected = 0
  for (const slot of slots) {
    copy(from.target(slot), to.target(slot), 2 * LINE)
    for (let worker = 0; worker < to.workers; worker++) {
      copyWindows(from.targetColumn(slot, worker), to.targetColumn(slot, worker))
    }
    ejected += to.words[to.target(slot) + TARGET.ejected]!
  }
  to.words[HEAD.ejected] = ejected
}

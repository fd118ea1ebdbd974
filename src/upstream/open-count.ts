import { type Cells, OWN } from './cells.ts'

let made = 0

/**
 * Open connections to one target over all workers, where they are bounded. Not the gauge of the metrics: of those there
 * may be too many, and a bound that nobody counts for is none.
 */
export class OpenCount {
  /** Of two of one target the later one is where it is counted now. */
  readonly order = ++made
  readonly own: number
  readonly cells: Cells
  private readonly first: number

  constructor(cells: Cells, slot: number, worker: number) {
    this.cells = cells
    this.first = cells.targetColumn(slot, 0) + OWN.open
    this.own = cells.targetColumn(slot, worker) + OWN.open
  }

  add(n: number): void {
    Atomics.add(this.cells.words, this.own, n)
  }

  /** Never below 0, see `Cells.subtract`. */
  remove(): void {
    this.cells.subtract(this.own)
  }

  total(): number {
    return this.cells.sumNow(this.first)
  }

  isSamePlace({ cells, own }: OpenCount): boolean {
    return this.cells.words.buffer === cells.words.buffer && this.own === own
  }
}

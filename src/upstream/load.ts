import { type Cells, OWN } from './cells.ts'

/** Requests in flight at one target: this worker's share is written here, that of all is added up when asked for. */
export class Load {
  private readonly cells: Cells
  private readonly slot: number
  private readonly first: number
  private readonly own: number

  constructor(cells: Cells, slot: number, worker: number) {
    this.cells = cells
    this.slot = slot
    this.first = cells.targetColumn(slot, 0) + OWN.inFlight
    this.own = cells.targetColumn(slot, worker) + OWN.inFlight
  }

  enter(): void {
    this.cells.words[this.own]!++
  }

  /** False: there are `most` already, over all workers. */
  tryEnter(most: number): boolean {
    return this.cells.tryAdd(this.first, this.own, most)
  }

  /** Never below 0: the main thread may have cleared the column of a worker it thought dead. */
  leave(): void {
    const { words } = this.cells
    if (words[this.own]! > 0) words[this.own]!--
  }

  total(): number {
    return this.cells.targetSum(this.slot, OWN.inFlight)
  }
}

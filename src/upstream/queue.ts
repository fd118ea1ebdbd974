import { type Cells, OWN } from './cells.ts'

/**
 * Who waits for room at a service, in order of arrival. Each worker serves its own; how many wait in all is bounded over
 * all workers.
 */
export class Queue<T> {
  readonly entries: T[] = []
  private readonly cells: Cells
  private readonly own: number
  private readonly most: number

  constructor(cells: Cells, worker: number, most: number) {
    this.cells = cells
    this.own = cells.column(worker) + OWN.queued
    this.most = most
  }

  /** False: too many wait already. Counted first and looked at then, so that two workers never both take the last place. */
  add(entry: T): boolean {
    this.cells.words[this.own]!++
    if (this.cells.serviceSum(OWN.queued) > this.most) {
      this.leave()
      return false
    }
    this.entries.push(entry)
    return true
  }

  removeAt(index: number): void {
    this.entries.splice(index, 1)
    this.leave()
  }

  private leave(): void {
    const { words } = this.cells
    if (words[this.own]! > 0) words[this.own]!--
  }
}

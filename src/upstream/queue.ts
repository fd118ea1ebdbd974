import { type Cells, OWN } from './cells.ts'

/**
 * Who waits for room at a service, in order of arrival. Each worker serves its own; how many wait in all is bounded over
 * all workers.
 */
export class Queue<T> {
  readonly entries: T[] = []
  private readonly cells: Cells
  private readonly first: number
  private readonly own: number
  private readonly most: number

  constructor(cells: Cells, worker: number, most: number) {
    this.cells = cells
    this.first = cells.column(0) + OWN.queued
    this.own = cells.column(worker) + OWN.queued
    this.most = most
  }

  /** False: too many wait already. */
  add(entry: T): boolean {
    if (!this.cells.tryAdd(this.first, this.own, this.most)) return false
    this.entries.push(entry)
    return true
  }

  /** Its place is free from now on, for all workers; the entry may stay until somebody comes by. */
  leave(): void {
    this.cells.subtract(this.own)
  }
}

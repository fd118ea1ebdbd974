import type { Fault } from '../base/errors.ts'
import type { Holding } from '../core/body-room.ts'
import { NO_ROOM } from './body-room.ts'

/** Bytes that several bodies may take together, of what their worker has room for. */
export class Allowance {
  private readonly holding: Holding
  private left: number

  constructor(most: number, holding: Holding) {
    this.left = most
    this.holding = holding
  }

  get bytesLeft(): number {
    return this.left
  }

  /** What is wrong where there is no room: undefined, only the allowance is used up. Null: they were taken. */
  take(bytes: number, overdraft = 0): Fault | undefined | null {
    if (bytes > this.left + overdraft) return undefined
    if (!this.holding.take(bytes)) return NO_ROOM
    this.left -= bytes
    return null
  }

  give(bytes: number): void {
    this.left += bytes
    this.holding.give(bytes)
  }
}

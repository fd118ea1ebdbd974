import { Timer } from '../base/wheel.ts'
import type { Front } from './front.ts'

/** The one timer of a client connection: it waits for one thing at a time, so whoever waits sets it anew. */
export class Deadline {
  private readonly front: Front
  private readonly timer: Timer

  constructor(front: Front, onExpire: () => void) {
    this.front = front
    this.timer = new Timer(onExpire)
  }

  /** Replaces what was set before. */
  set(ms: number): void {
    this.front.wheel.setAt(this.timer, this.front.clock.now() + ms)
  }

  clear(): void {
    this.front.wheel.clear(this.timer)
  }

  /** The connection is gone. */
  remove(): void {
    this.front.wheel.remove(this.timer)
  }
}

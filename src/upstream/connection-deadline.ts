import { Timer } from '../base/wheel.ts'
import type { UpstreamWorld } from './options.ts'
import type { Passenger } from './roles.ts'

/** Whose timer it is. */
export interface Timed {
  /** What it carries right now; null: it is idle. */
  readonly attempt: Passenger | null
}

/** The one timer of an upstream connection: it waits for one thing at a time, and never beyond the request's deadline. */
export class ConnectionDeadline {
  private readonly world: UpstreamWorld
  private readonly connection: Timed
  private readonly timer: Timer

  constructor(world: UpstreamWorld, connection: Timed, onExpire: () => void) {
    this.world = world
    this.connection = connection
    this.timer = new Timer(onExpire)
  }

  /** Replaces what was set before. */
  set(ms: number): void {
    const { wheel, clock } = this.world
    const now = clock.now()
    const deadlineAt = this.connection.attempt?.x.deadlineAt ?? 0
    wheel.setAt(this.timer, deadlineAt > 0 ? Math.min(now + ms, deadlineAt) : now + ms)
  }

  /** Only the request's own deadline counts. */
  release(): void {
    const deadlineAt = this.connection.attempt?.x.deadlineAt ?? 0
    if (deadlineAt > 0) this.world.wheel.setAt(this.timer, deadlineAt)
    else this.stop()
  }

  /** Nothing counts. */
  stop(): void {
    this.world.wheel.clear(this.timer)
  }

  /** The connection is gone. */
  remove(): void {
    this.world.wheel.remove(this.timer)
  }
}

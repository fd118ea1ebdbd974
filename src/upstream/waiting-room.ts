import { Fault } from '../base/errors.ts'
import { Timer } from '../base/wheel.ts'
import type { Attempt } from './attempt.ts'
import { type Cells, OWN } from './cells.ts'
import type { UpstreamWorld } from './options.ts'
import { Queue } from './queue.ts'

/** Whoever waits for room at a service. */
export interface Waiter {
  readonly attempt: Attempt
}

/** What the service says about sending somebody on their way. */
export type Going = 'gone' | 'full' | 'nobody'

export interface WaitingRoomOptions<W extends Waiter> {
  /** The service's. */
  readonly name: string
  /** See ServiceOptions. */
  readonly maxQueued: number
  readonly waitMs: number
  /** Sends one on its way; `full`: not now; `nobody`: there is no target that could be asked. */
  readonly go: (waiter: W) => Going
  readonly noTarget: () => Fault
}

export const RETRY_SOON = [['retry-after', '1']] as const

/** How soon a worker that waits for others looks whether there is room. */
const POLL_MS = 2

/** Those who wait for room at a service, one after another; when and for how many there is room again. */
export class WaitingRoom<W extends Waiter> {
  /** To be called when a connection came back or went away. */
  readonly onRoom = (): void => this.roomCame()
  /** Whether another worker waits and has nothing under way. */
  readonly othersStarve = (): boolean => this.anotherStarves()
  private readonly options: WaitingRoomOptions<W>
  private readonly cells: Cells
  private readonly world: UpstreamWorld
  private readonly queue: Queue<W>
  private readonly tick: Timer
  private polling = false
  private serving = false
  /** Somebody left before their turn, and is still in the list. */
  private someLeft = false

  constructor(options: WaitingRoomOptions<W>, cells: Cells, world: UpstreamWorld) {
    this.options = options
    this.cells = cells
    this.world = world
    this.queue = new Queue(cells, world.worker, options.maxQueued)
    this.tick = new Timer(() => this.serve(true))
  }

  get isEmpty(): boolean {
    return this.queue.entries.length === 0
  }

  /** False: too many wait already. */
  enter(waiter: W): boolean {
    const { queue, options, world } = this
    const { attempt } = waiter
    // Whoever left in the meantime is not kept for ever.
    if (queue.entries.length >= options.maxQueued && this.someLeft) this.serve(true)
    if (!queue.add(waiter)) return false
    attempt.queuedAt = world.clock.now()
    attempt.x.onCancel = attempt
    this.armTick()
    if (queue.entries.length > 1) this.roomCame()
    if (this.cells.workers > 1 && this.hasNothing(world.worker)) this.poll()
    return true
  }

  /** One who waits was given up, or turned away. */
  left(): void {
    this.someLeft = true
    this.queue.leave()
  }

  /**
   * `all`: looks at those as well for whom there is no room, as their time may be over; not with each request, for they
   * may be many. What it starts may make room and call it again: the one that runs sees that room.
   */
  serve(all = false): void {
    if (this.serving || this.isEmpty) return
    this.serving = true
    try {
      this.serveWaiting(all)
    } finally {
      this.serving = false
    }
    if (!this.isEmpty) this.armTick()
  }

  private serveWaiting(all: boolean): void {
    const { queue } = this
    const { entries } = queue
    const now = this.world.clock.now()
    if (all) this.someLeft = false
    let full = false
    for (let i = 0; i < entries.length; ) {
      const waiter = entries[i]!
      const { attempt } = waiter
      const next = attempt.settled ? 'left' : this.nextOf(waiter, full, now)
      if (next !== 'full') {
        entries.splice(i, 1)
        if (next === 'gone') queue.leave()
        else if (next !== 'left') attempt.fail(next)
      } else if (all) {
        full = true
        i++
      } else return
    }
  }

  /** On their way, still without room, or why they are turned away. */
  private nextOf(waiter: W, full: boolean, now: number): 'gone' | 'full' | Fault {
    const { name, waitMs, go, noTarget } = this.options
    const { queuedAt, x } = waiter.attempt
    if (x.deadlineAt > 0 && now >= x.deadlineAt)
      return new Fault('UPSTREAM_TIMEOUT', `service "${name}" had no room in time`)
    const going = full ? 'full' : go(waiter)
    if (going === 'nobody') return noTarget()
    if (going === 'full' && now - queuedAt > waitMs)
      return new Fault('OVERLOADED', `service "${name}" had no room in time`, RETRY_SOON)
    return going
  }

  // --- when ---

  /**
   * Whoever has something under way hears when it ends, and could go on for ever: a worker that has nothing, and waits,
   * goes first. It looks so often that the room is not long unused.
   */
  private roomCame(): void {
    if (this.isEmpty) return
    if (this.anotherStarves()) this.poll()
    else this.serve()
  }

  private anotherStarves(): boolean {
    const { cells, world } = this
    for (let worker = 0; worker < cells.workers; worker++) {
      if (worker === world.worker) continue
      if (cells.words[cells.column(worker) + OWN.queued]! > 0 && this.hasNothing(worker)) return true
    }
    return false
  }

  /** Under way. */
  private hasNothing(worker: number): boolean {
    return this.cells.words[this.cells.column(worker) + OWN.inFlight] === 0
  }

  /** Looks again soon, and once more as long as this worker waits with nothing under way. */
  private poll(): void {
    if (this.polling) return
    this.polling = true
    this.world.after(POLL_MS, () => {
      this.polling = false
      this.serve()
      if (!this.isEmpty && this.hasNothing(this.world.worker)) this.poll()
    })
  }

  /**
   * Other workers free room without telling us, and waits end, so all is also looked at on every tick. An armed timer is
   * left alone: armed again between a tick and its visit it would wait for the next, for ever while it is busy.
   */
  private armTick(): void {
    if (this.tick.deadline === 0) this.world.wheel.set(this.tick, 1)
  }
}

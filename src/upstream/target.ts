import { Timer } from '../base/wheel.ts'
import { UpstreamConnection } from './connection.ts'
import type { OpenCount } from './open-count.ts'
import type { TargetMeter } from './options.ts'
import { Resolver } from './resolve.ts'
import type { Connect, Home, Passenger, Pooled, TargetOptions, TargetWorld } from './roles.ts'

/** Idle connections a worker keeps to one target; the rest are closed as they come back. */
const MAX_IDLE = 256
/** A target that refuses this often running is left alone for a while, where there is another. */
const REFUSALS = 3
const SKIP_MS = 1000

const overSocket: Connect = (home, attempt) => new UpstreamConnection(home, attempt)

/** One address of a service with its connections; outlives Plans while any of them names it. */
export class TargetState implements Home<Pooled> {
  readonly options: TargetOptions
  readonly world: TargetWorld
  /** Another one that counts nothing once nothing is under way and no Plan holds it. */
  meter: TargetMeter
  readonly resolver: Resolver
  /** Called when a connection came back or went away: whoever queues may go. */
  onRoom: (() => void) | null = null
  /** Whether another worker waits and has nothing under way: where connections are bounded, ours that idle may be why. */
  othersStarve: (() => boolean) | null = null
  private readonly connect: Connect
  private readonly idle: Pooled[] = []
  /** Those that have not ended yet, or whose exchange has not. */
  private readonly open = new Set<Pooled>()
  /** Where connections are counted that are bounded, and how many of ours are. */
  private bounded: OpenCount | null = null
  private counted = 0
  private refusals = 0
  private skippedUntil = 0
  private closed = false
  private readonly yielding = new Timer(() => this.yieldIdle())
  /** A connection that is counted and not opened yet. */
  private reserved = false

  constructor(options: TargetOptions, world: TargetWorld, meter: TargetMeter) {
    const { endpoint } = options
    this.options = options
    this.world = world
    this.meter = meter
    this.connect = world.connect ?? overSocket
    this.resolver = new Resolver(endpoint.address || endpoint.host, () => world.clock.now())
  }

  /** Starts the attempt on an idle connection, the warmest first, or on a new one. */
  start(attempt: Passenger, fresh: boolean): void {
    if (!fresh) {
      for (let connection = this.idle.pop(); connection !== undefined; connection = this.idle.pop()) {
        if (!connection.isUsable) continue
        attempt.connection = connection
        return connection.begin(attempt)
      }
    }
    if (this.reserved) this.reserved = false
    else this.count()
    const connection = this.connect(this, attempt)
    this.open.add(connection)
    attempt.connection = connection
  }

  /**
   * Whether an attempt finds a connection, or may open one: `connections.open` counts those of all workers. One that is
   * to be opened is counted now; `start`, which must come within this turn, opens it, or `release` gives it back.
   */
  reserve(where: OpenCount): boolean {
    const bounded = this.countIn(where)
    if (this.idle.length > 0) return true
    // Counted first: of two workers that want the last one never both get it.
    this.count()
    this.reserved = bounded.total() <= this.options.connections.open
    if (!this.reserved) this.disconnected()
    return this.reserved
  }

  release(): void {
    if (this.reserved) this.disconnected()
    this.reserved = false
  }

  private count(): void {
    this.meter.connections.add(1)
    if (this.bounded === null) return
    this.counted++
    this.bounded.add(1)
  }

  /** A connection is gone, though its answer may still be read. */
  disconnected(): void {
    this.meter.connections.add(-1)
    if (this.bounded === null || this.counted === 0) return
    this.counted--
    this.bounded.remove()
  }

  /** Other memory from now on, and never the one before again, which requests of older Plans still know. */
  private countIn(where: OpenCount): OpenCount {
    const before = this.bounded
    if (before === where || (before !== null && before.order > where.order)) return before
    this.bounded = where
    if (before === null || before.isSamePlace(where)) return where
    where.add(this.counted)
    for (let i = 0; i < this.counted; i++) before.remove()
    return where
  }

  /** A connection without an exchange. */
  put(connection: Pooled): void {
    if (this.closed || this.idle.length >= MAX_IDLE || this.isShort()) connection.destroy()
    else this.idle.push(connection)
    this.yieldSoon()
    this.onRoom?.()
  }

  forget(connection: Pooled): void {
    this.open.delete(connection)
    const at = this.idle.indexOf(connection)
    if (at >= 0) this.idle.splice(at, 1)
    this.onRoom?.()
    if (this.closed) this.letGoSoon()
  }

  /** All connections are taken that there may be, and somebody else has none. */
  private isShort(): boolean {
    const most = this.options.connections.open
    return most > 0 && this.othersStarve?.() === true && this.bounded !== null && this.bounded.total() >= most
  }

  /** Looks on every tick as long as there are idle ones. An armed timer is left alone, or it would never come. */
  private yieldSoon(): void {
    if (this.options.connections.open === 0 || this.idle.length === 0 || this.yielding.deadline !== 0) return
    this.world.wheel.set(this.yielding, 1)
  }

  /** The one that has idled longest goes, as long as another worker needs it. */
  private yieldIdle(): void {
    if (this.isShort()) this.idle[0]?.destroy()
    this.yieldSoon()
  }

  refused(): void {
    if (++this.refusals < REFUSALS) return
    this.skippedUntil = this.world.clock.now() + SKIP_MS
    this.refusals = 0
  }

  reached(): void {
    this.refusals = 0
  }

  get isSkipped(): boolean {
    return this.skippedUntil !== 0 && this.world.clock.now() < this.skippedUntil
  }

  /** No new exchange starts; those under way end by themselves. */
  close(): void {
    this.closed = true
    this.world.wheel.remove(this.yielding)
    for (const connection of this.idle.splice(0)) connection.destroy()
    this.letGoSoon()
  }

  /** Whoever closed the last connection may have an attempt to tell, which may open another one; both within this turn. */
  private letGoSoon(): void {
    queueMicrotask(() => {
      if (this.open.size === 0) this.meter = this.meter.letGo()
    })
  }
}

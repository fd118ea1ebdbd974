import { Fault } from '../base/errors.ts'
import { Timer } from '../base/wheel.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Maybe } from '../core/maybe.ts'
import { fail, faultReply, type Reply } from '../core/reply.ts'
import type { DropField } from '../http1/serialize.ts'
import { Attempt } from './attempt.ts'
import type { UpstreamWorld } from './options.ts'
import { isLoop, requestHead } from './request-head.ts'
import type { TargetState } from './target.ts'

/** What a service is to the requests of one Plan. */
export interface ServiceOptions {
  readonly name: string
  readonly preserveHost: boolean
  readonly via: string
  /** Fields that only the gateway may send, see `identityFields`. */
  readonly dropField: DropField
  /** Requests in flight per target over all workers; 0: unlimited. */
  readonly maxInFlight: number
  readonly maxQueued: number
  readonly queueMs: number
  readonly totalMs: number
}

/** A target as this service addresses it. */
export interface Member {
  readonly state: TargetState
  readonly hostLine: string
  readonly basePath: string
  readonly label: string
  readonly weight: number
}

/** Builds the path and query that go upstream. */
export type PathBuilder = (x: Exchange) => string

/**
 * The targets of one service and whoever waits for room there. Round-robin by weight; a target that keeps refusing is
 * passed over while there is another.
 */
export class Service {
  private readonly options: ServiceOptions
  private readonly world: UpstreamWorld
  /** Indexes of members, each as often as its weight, spread out. */
  private readonly ring: readonly Member[]
  private next = 0
  private readonly queue: { attempt: Attempt; member: Member }[] = []
  private readonly queueTimer: Timer
  private readonly onRoom = (): void => this.serveQueue()

  constructor(options: ServiceOptions, members: readonly Member[], world: UpstreamWorld) {
    this.options = options
    this.world = world
    this.ring = spread(members)
    this.queueTimer = new Timer(() => this.serveQueue())
  }

  forward(x: Exchange, path: PathBuilder, totalMs: number): Maybe<Reply> {
    const { options } = this
    x.service = options.name
    if (options.via !== '' && isLoop(x))
      return fail('LOOP_DETECTED', 'this request has passed through this gateway before')
    const member = this.pick()
    if (member === null) return fail('NO_HEALTHY_TARGET', `service "${options.name}" has no targets`)
    x.upstream = member.label
    const total = totalMs > 0 ? totalMs : options.totalMs
    if (total > 0) {
      const deadlineAt = x.startedAt + total
      if (x.deadlineAt === 0 || deadlineAt < x.deadlineAt) x.deadlineAt = deadlineAt
    }
    const hostLine = options.preserveHost && x.authority !== '' ? `Host: ${x.authority}\r\n` : member.hostLine
    const { via, dropField } = options
    const head = requestHead(x, member.basePath + path(x), hostLine, via, dropField)
    const attempt = new Attempt(x, member.state, head, dropField)
    // Behind those who wait, even when a place was just freed.
    if (options.maxInFlight > 0 && (this.queue.length > 0 || !this.hasRoom(member)))
      return this.enqueue(attempt, member)
    attempt.start()
    return attempt
  }

  private pick(): Member | null {
    const { ring } = this
    if (ring.length === 1) return ring[0]!
    let candidate: Member | null = null
    for (let i = 0; i < ring.length; i++) {
      const member = ring[this.next]!
      this.next = this.next + 1 === ring.length ? 0 : this.next + 1
      if (!member.state.isSkipped) return member
      candidate ??= member
    }
    return candidate
  }

  private hasRoom(member: Member): boolean {
    return member.state.meter.inFlight.total() < this.options.maxInFlight
  }

  private enqueue(attempt: Attempt, member: Member): Maybe<Reply> {
    const { queue, options } = this
    // Whoever left in the meantime keeps nobody out.
    if (queue.length >= options.maxQueued) this.serveQueue()
    if (queue.length >= options.maxQueued) {
      return faultReply(new Fault('OVERLOADED', `service "${options.name}" has too many requests waiting`, RETRY_SOON))
    }
    attempt.queuedAt = this.world.clock.now()
    attempt.x.onCancel = attempt
    queue.push({ attempt, member })
    // Not when it is made: a Plan that is prepared and then refused must not take it from the one that serves.
    member.state.onRoom = this.onRoom
    // Other workers free room without telling us, so the queue is also looked at on every tick.
    this.world.wheel.set(this.queueTimer, 1)
    if (queue.length > 1) this.serveQueue()
    return attempt
  }

  private serveQueue(): void {
    const { queue, options } = this
    const now = this.world.clock.now()
    for (let i = 0; i < queue.length; ) {
      const { attempt, member } = queue[i]!
      const { deadlineAt } = attempt.x
      if (attempt.settled) queue.splice(i, 1)
      else if (deadlineAt > 0 && now >= deadlineAt) {
        queue.splice(i, 1)
        attempt.fail(new Fault('UPSTREAM_TIMEOUT', `service "${options.name}" had no room in time`))
      } else if (this.hasRoom(member)) {
        queue.splice(i, 1)
        attempt.start()
      } else if (now - attempt.queuedAt > options.queueMs) {
        queue.splice(i, 1)
        attempt.fail(new Fault('OVERLOADED', `service "${options.name}" had no room in time`, RETRY_SOON))
      } else i++
    }
    if (queue.length > 0) this.world.wheel.set(this.queueTimer, 1)
  }
}

const RETRY_SOON = [['retry-after', '1']] as const

/** Smooth weighted round-robin, unrolled once: a heavy target's turns are spread, not bunched. */
const spread = (members: readonly Member[]): Member[] => {
  const total = members.reduce((sum, member) => sum + member.weight, 0)
  const credit = members.map(() => 0)
  const ring: Member[] = []
  for (let turn = 0; turn < total; turn++) {
    let best = 0
    for (let i = 0; i < members.length; i++) {
      credit[i]! += members[i]!.weight
      if (credit[i]! > credit[best]!) best = i
    }
    credit[best]! -= total
    ring.push(members[best]!)
  }
  return ring
}

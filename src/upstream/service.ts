import { Fault } from '../base/errors.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Maybe } from '../core/maybe.ts'
import { fail, faultReply, type Reply } from '../core/reply.ts'
import type { DropField } from '../http1/serialize.ts'
import { Attempt, type Dispatcher, isWhole } from './attempt.ts'
import { type Cells, moment, OWN } from './cells.ts'
import type { Chooser } from './chooser.ts'
import { deadlineLine, readDeadline } from './deadline-header.ts'
import type { Member } from './member.ts'
import type { UpstreamWorld } from './options.ts'
import { isLoop, requestHead } from './request-head.ts'
import { type Going, RETRY_SOON, WaitingRoom } from './waiting-room.ts'
import { type Breaker, type Outcome, REFUSED } from './watch.ts'

/** What a service is to the requests of one Plan. */
export interface ServiceOptions {
  readonly name: string
  readonly preserveHost: boolean
  readonly via: string
  /** Fields that only the gateway may send, see `identityFields`. */
  readonly dropField: DropField
  /** Requests in flight for the whole service, over all workers; 0: unlimited. */
  readonly maxTotal: number
  /** Whether connections to targets are bounded. */
  readonly boundedOpen: boolean
  /** Requests waiting for room, over all workers, and for how long. */
  readonly maxQueued: number
  readonly waitMs: number
  readonly totalMs: number
  /** See ServiceSpec; empty: none. */
  readonly deadlineHeader: string
}

/** Builds the path and query that go upstream. */
export type PathBuilder = (x: Exchange) => string

/** One way of asking a service: a route's. */
export interface Ask {
  readonly path: PathBuilder
  /** `Host` line with its CRLF; empty: as the service says. */
  readonly hostLine: string
  /** For the whole request, ms; 0: the service's. */
  readonly totalMs: number
  /** For each try, ms; 0: no bound of its own. */
  readonly perTryMs: number
}

/** A request that waits for room. */
interface Waiting {
  readonly attempt: Attempt
  readonly ask: Ask
  readonly tried: Member[] | null
}

export interface ServiceParts {
  readonly chooser: Chooser
  readonly breaker: Breaker | null
  readonly cells: Cells
}

const NOBODY: readonly Member[] = []

/**
 * A service to the routes of one Plan: its breaker, whoever waits for room, its targets. Each `send` is one try; what
 * to make of one that failed is for others to say (retry, fallback).
 */
export class Service implements Dispatcher {
  readonly world: UpstreamWorld
  private readonly options: ServiceOptions
  private readonly chooser: Chooser
  private readonly breaker: Breaker | null
  private readonly cells: Cells
  private readonly words: Int32Array
  /** The word in which this worker counts what it has in flight here, and the same of worker 0. */
  private readonly own: number
  private readonly first: number
  private readonly room: WaitingRoom<Waiting>
  private members: readonly Member[]

  constructor(
    options: ServiceOptions,
    { chooser, breaker, cells }: ServiceParts,
    members: readonly Member[],
    world: UpstreamWorld,
  ) {
    this.options = options
    this.chooser = chooser
    this.breaker = breaker
    this.cells = cells
    this.words = cells.words
    this.own = cells.column(world.worker) + OWN.inFlight
    this.first = cells.column(0) + OWN.inFlight
    this.members = members
    this.world = world
    const { name, maxQueued, waitMs } = options
    const go = ({ attempt, ask, tried }: Waiting): Going => {
      if (this.dispatch(attempt, ask, tried, this.now())) return 'gone'
      return chooser.full ? 'full' : 'nobody'
    }
    this.room = new WaitingRoom({ name, maxQueued, waitMs, go, noTarget: () => this.noTarget() }, cells, world)
  }

  /** Other targets from now on; what is under way at the old ones ends there. */
  update(members: readonly Member[]): void {
    this.members = members
    this.chooser.update(members)
    this.room.serve()
  }

  /** One try. The target is added to `tried`, and another one than those in it preferred. */
  send(x: Exchange, ask: Ask, tried: Member[] | null): Maybe<Reply> {
    const { options, breaker, room } = this
    x.service = options.name
    if (options.via !== '' && isLoop(x))
      return fail('LOOP_DETECTED', 'this request has passed through this gateway before')
    const hurried = this.bound(x, ask)
    if (x.deadlineAt > 0 && this.world.clock.now() >= x.deadlineAt) return this.late(x)
    const now = moment(this.world.sharedNow())
    const attempt = new Attempt(x, options.dropField, this)
    attempt.hurried = hurried
    if (breaker !== null) {
      attempt.permit = breaker.enter(now)
      if (attempt.permit === REFUSED) return this.circuitOpen(x, breaker.waitMs(now))
    }
    // Behind those who wait, even when a place was just freed.
    if (!room.isEmpty) return this.wait({ attempt, ask, tried })
    if (this.dispatch(attempt, ask, tried, now)) return attempt
    return this.chooser.full ? this.wait({ attempt, ask, tried }) : this.nobody(attempt)
  }

  /**
   * Ends the request no later than the route's or the service's bound, and what the client says it will wait. Says
   * whether it is the client's. For whoever waits before the first `send`; each `send` does it.
   */
  bound(x: Exchange, ask: Ask): boolean {
    const { options } = this
    const total = ask.totalMs > 0 ? ask.totalMs : options.totalMs
    if (total > 0) shorten(x, total)
    if (options.deadlineHeader !== '') this.heed(x)
    if (x.clientEndsAt === 0) return false
    if (x.deadlineAt === 0 || x.clientEndsAt < x.deadlineAt) x.deadlineAt = x.clientEndsAt
    return x.deadlineAt === x.clientEndsAt
  }

  /** A client's own word stays true for a service that is asked in place of this one. */
  private heed(x: Exchange): void {
    const { deadlineHeader } = this.options
    const asked = x.headers.get(deadlineHeader)
    const wanted = asked === undefined ? undefined : readDeadline(deadlineHeader, asked)
    if (wanted === undefined) return
    const at = x.startedAt + wanted
    if (x.clientEndsAt === 0 || at < x.clientEndsAt) x.clientEndsAt = at
  }

  /** Whether one more try would be let in now, by the breaker of the service. */
  admits(): boolean {
    return this.breaker === null || this.breaker.admits(this.now())
  }

  /** Whether there is a target that is not in `tried`. */
  hasOther(tried: readonly Member[]): boolean {
    return this.members.some(member => !tried.includes(member))
  }

  // --- told by attempts ---

  ended(attempt: Attempt, outcome: Outcome, ms: number): void {
    const { breaker } = this
    const { member, permit, targetPermit } = attempt
    if (permit !== REFUSED) breaker?.leave(permit, outcome, ms, this.now())
    if (member === null) {
      if (attempt.queuedAt > 0) this.room.left()
      return
    }
    if (targetPermit !== REFUSED) member.breaker?.leave(targetPermit, outcome, ms, this.now())
    const { watches } = member
    for (let i = 0; i < watches.length; i++) watches[i]!.ended(outcome, ms)
  }

  answered({ x, member }: Attempt, reply: Reply): void {
    this.chooser.mark(x, member!, reply)
  }

  left(): void {
    if (this.words[this.own]! > 0) this.words[this.own]!--
  }

  // --- on the way ---

  /** Starts the attempt at a target; false when there is none for it now. */
  private dispatch(attempt: Attempt, ask: Ask, tried: Member[] | null, now: number): boolean {
    const { x } = attempt
    const { chooser, options } = this
    const { maxTotal } = options
    if (maxTotal > 0 && !this.cells.tryAdd(this.first, this.own, maxTotal)) {
      chooser.full = true
      return false
    }
    const member = chooser.choose(x, tried ?? NOBODY, now)
    if (member === null) {
      if (maxTotal > 0) this.left()
      return false
    }
    if (maxTotal === 0) this.words[this.own]!++
    if (options.boundedOpen) member.state.othersStarve = this.room.othersStarve
    attempt.targetPermit = member.breaker === null ? REFUSED : chooser.permit
    tried?.push(member)
    x.upstream = member.label
    attempt.start(member, this.headFor(attempt, member, ask), ask.perTryMs)
    return true
  }

  /** `more`: field lines besides, each with its CRLF. */
  protected headFor({ x }: Attempt, member: Member, ask: Ask, more = ''): string {
    const { preserveHost, via, dropField, deadlineHeader } = this.options
    const usual = preserveHost && x.authority !== '' ? `Host: ${x.authority}\r\n` : member.hostLine
    const hostLine = (ask.hostLine === '' ? usual : ask.hostLine) + more
    const lines = deadlineHeader === '' ? hostLine : hostLine + this.deadlineOf(x, ask)
    return requestHead(x, member.basePath + ask.path(x), lines, via, dropField)
  }

  private deadlineOf(x: Exchange, { perTryMs }: Ask): string {
    const now = this.world.clock.now()
    const tryEnds = perTryMs > 0 && isWhole(x) ? now + perTryMs : 0
    const ends = x.deadlineAt > 0 && (tryEnds === 0 || x.deadlineAt < tryEnds) ? x.deadlineAt : tryEnds
    return ends === 0 ? '' : deadlineLine(this.options.deadlineHeader, ends - now)
  }

  // --- not on its way ---

  private wait(waiter: Waiting): Maybe<Reply> {
    const { attempt } = waiter
    // Not when it is made: a Plan that is prepared and then refused must not take it from the one that serves.
    for (const member of this.members) member.state.onRoom = this.room.onRoom
    if (this.room.enter(waiter)) return attempt
    attempt.x.outcome = 'unsent'
    this.ended(attempt, 'unsent', 0)
    return faultReply(
      new Fault('OVERLOADED', `service "${this.options.name}" has too many requests waiting`, RETRY_SOON),
    )
  }

  private late(x: Exchange): Reply {
    x.outcome = 'unsent'
    return fail('UPSTREAM_TIMEOUT', `no time was left to ask service "${this.options.name}"`)
  }

  private circuitOpen(x: Exchange, waitMs: number): Reply {
    x.outcome = 'unsent'
    const seconds = Math.max(1, Math.ceil(waitMs / 1000))
    const detail = `the circuit of service "${this.options.name}" is open`
    return faultReply(new Fault('CIRCUIT_OPEN', detail, [['retry-after', String(seconds)]]))
  }

  private nobody(attempt: Attempt): Reply {
    attempt.x.outcome = 'unsent'
    this.ended(attempt, 'unsent', 0)
    return faultReply(this.noTarget())
  }

  private noTarget(): Fault {
    const { name } = this.options
    const why = this.members.length === 0 ? 'has no targets' : 'has no target that may be asked now'
    return new Fault('NO_HEALTHY_TARGET', `service "${name}" ${why}`, RETRY_SOON)
  }

  private now(): number {
    return moment(this.world.sharedNow())
  }
}

const shorten = (x: Exchange, ms: number): void => {
  const at = x.startedAt + ms
  if (x.deadlineAt === 0 || at < x.deadlineAt) x.deadlineAt = at
}

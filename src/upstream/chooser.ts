import type { Exchange } from '../core/exchange.ts'
import type { Reply } from '../core/reply.ts'
import { type Cells, HEAD, isLater } from './cells.ts'
import type { Member } from './member.ts'
import { createPace } from './pace.ts'
import type { Candidate, MakePicker, Picker } from './picker.ts'
import { createStanding, type Standing } from './standing.ts'
import { REFUSED } from './watch.ts'

export interface ChooserOptions {
  readonly make: MakePicker
  readonly slowStartMs: number
  readonly panic: number
  /** Requests in flight per target over all workers; 0: unlimited. */
  readonly maxInFlight: number
  /** Whether there may be only so many connections to a target, see `TargetState.reserve`. */
  readonly boundedOpen: boolean
  /** Told when all targets are asked although most are not well, and when that is over. */
  readonly onPanic: (panicking: boolean) => void
}

/** Of one request. */
const MOST_PICKS = 8
/**
 * A picker may take 7 ms to make (bench/micro/balance.ts), and hundreds of targets that flap or start slowly change
 * hundreds of times a second: so many may be made at once, and one in so long after that. A tenth of a second longer
 * with old news does less harm.
 */
const MOST_MAKES = 16
const MAKE_MS = 100
const NOBODY: Picker = { pick: () => null }

/**
 * Which target a request goes to. The list of those that may be asked, and the picker made for it, are kept until
 * something about the targets changes: every request looks at one shared number to know.
 */
export class Chooser {
  /** Whether the last `choose` found targets that only had no room. */
  full = false
  /** What the breaker of the chosen target gave. */
  permit = REFUSED
  private readonly options: ChooserOptions
  private readonly cells: Cells
  private standing: Standing
  private picker: Picker = NOBODY
  private list: readonly Candidate[] = []
  private members: readonly Member[]
  private epoch = -1
  private until = 0
  private readonly pace = createPace(MOST_MAKES, MAKE_MS)
  private panicking = false
  /** Where in the list the last scan began. */
  private turn = 0

  constructor(options: ChooserOptions, cells: Cells, members: readonly Member[]) {
    this.options = options
    this.cells = cells
    this.members = members
    this.standing = createStanding(members, cells, options)
  }

  update(members: readonly Member[]): void {
    this.members = members
    this.standing = createStanding(members, this.cells, this.options)
    this.list = []
    this.picker = NOBODY
    this.epoch = -1
  }

  /** Null: nobody may be asked now. Whom it chooses counts the request from then on. `now` is a moment. */
  choose(x: Exchange, tried: readonly Member[], now: number): Member | null {
    if (this.cells.words[HEAD.epoch] !== this.epoch || (this.until !== 0 && isLater(now, this.until))) this.look(now)
    this.full = false
    const member = this.picker.pick(x, tried)
    if (member === null) return null
    if (member.state.isSkipped || !this.takes(member, now)) return this.chooseOther(x, tried, member, now)
    return member
  }

  mark(x: Exchange, member: Member, reply: Reply): void {
    this.picker.mark?.(x, member, reply)
  }

  private look(now: number): void {
    if (this.list.length > 0 && this.pace.mustRest(now)) return
    this.epoch = Atomics.load(this.cells.words, HEAD.epoch)
    const { list, until, panicking } = this.standing.candidates(now)
    this.until = until
    // What changed may not matter to who is asked, or be over again: a picker may take milliseconds to make.
    if (!isSame(list, this.list)) this.make(list, now)
    this.list = list
    if (panicking !== this.panicking) this.options.onPanic(panicking)
    this.panicking = panicking
  }

  private make(list: readonly Candidate[], now: number): void {
    this.picker = list.length === 0 ? NOBODY : this.options.make(list, this.members)
    this.pace.done(now)
  }

  /**
   * The first has no room, keeps refusing, or its breaker lets nobody in. A few others are asked in the picker's order,
   * then all in any: pickers look at everybody who was passed over, which with many full targets takes its square.
   */
  private chooseOther(x: Exchange, tried: readonly Member[], first: Member, now: number): Member | null {
    const passed = [...tried, first]
    for (let picks = 1; picks < MOST_PICKS; picks++) {
      const member = this.picker.pick(x, passed)
      if (member === null || passed.includes(member)) break
      if (!member.state.isSkipped && this.takes(member, now)) return member
      passed.push(member)
    }
    const other =
      this.scan(({ state }, isTried) => !isTried && !state.isSkipped, tried, now) ??
      this.scan(({ state }, isTried) => isTried && !state.isSkipped, tried, now)
    if (other !== null) return other
    // One that refused a moment ago is better than nobody.
    if (first.state.isSkipped && this.takes(first, now)) return first
    return this.scan(({ state }) => state.isSkipped, tried, now)
  }

  /** The next in the list that fits and takes it; begins with another one each time. */
  private scan(
    fits: (member: Member, isTried: boolean) => boolean,
    tried: readonly Member[],
    now: number,
  ): Member | null {
    const { list } = this
    if (++this.turn >= list.length) this.turn = 0
    for (let i = 0, at = this.turn; i < list.length; i++, at = at + 1 === list.length ? 0 : at + 1) {
      const { member } = list[at]!
      if (fits(member, tried.includes(member)) && this.takes(member, now)) return member
    }
    return null
  }

  private takes(member: Member, now: number): boolean {
    const { load, state, breaker } = member
    const { maxInFlight, boundedOpen } = this.options
    if (maxInFlight === 0) load.enter()
    else if (!load.tryEnter(maxInFlight)) return this.isFull()
    if (boundedOpen && !state.reserve(member.open)) {
      load.leave()
      return this.isFull()
    }
    if (breaker === null) return true
    this.permit = breaker.enter(now)
    if (this.permit !== REFUSED) return true
    if (boundedOpen) state.release()
    load.leave()
    return false
  }

  private isFull(): false {
    this.full = true
    return false
  }
}

const isSame = (list: readonly Candidate[], before: readonly Candidate[]): boolean =>
  list.length === before.length &&
  list.every(({ member, weight }, i) => member === before[i]!.member && weight === before[i]!.weight)

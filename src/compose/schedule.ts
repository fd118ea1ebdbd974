import { Fault } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import type { Holding } from '../core/body-room.ts'
import type { BranchFare, Exchange } from '../core/exchange.ts'
import type { AggregatePlan } from './aggregate-plan.ts'
import { NO_ROOM } from './body-room.ts'
import type { BranchData, BranchMissing, BranchResult, MissingReason } from './branch.ts'
import { BranchRun } from './branch-run.ts'
import { fareOf } from './fare.ts'
import { judge } from './judge.ts'
import { Outcomes, type OutcomesOwner } from './outcomes.ts'
import type { Inputs } from './references.ts'
import { Requests } from './requests.ts'
import { ALONE } from './same-request.ts'
import type { Asked } from './sub-exchange.ts'
import type { SubRequest } from './sub-request.ts'

export interface ScheduleOwner extends OutcomesOwner {
  /** Its worker has no room for its bodies. */
  hasNoRoom(): void
  /** Every branch has a result. */
  complete(results: readonly BranchResult[]): void
  /** Something is wrong with us. */
  threw(error: unknown): void
}

export interface ScheduleOptions {
  readonly x: Exchange
  readonly body: Json | undefined
  readonly plan: AggregatePlan
  readonly holding: Holding
  /** Ms of the worker's clock. */
  readonly endsAt: number
}

const LEFT_OUT: BranchResult = { kind: 'left out' }
const TOO_SLOW = new Fault('UPSTREAM_TIMEOUT', 'the branch was not there in time')

/**
 * Which branch starts when, and when it is over (DESIGN §5). Whatever happens is written down where it belongs, and then
 * `advance` looks at all branches: nothing else starts or ends any of them.
 */
export class Schedule implements Inputs {
  readonly x: Exchange
  readonly body: Json | undefined
  readonly runs: readonly BranchRun[]
  readonly results: Inputs['results']
  private readonly plan: AggregatePlan
  private readonly owner: ScheduleOwner
  private readonly outcomes: Outcomes
  private readonly requests: Requests
  private readonly startedAt: number
  private readonly endsAt: number
  /** The deadline has passed. */
  private late = false
  private advancing = false
  private over = false

  constructor({ x, body, plan, holding, endsAt }: ScheduleOptions, owner: ScheduleOwner) {
    this.x = x
    this.body = body
    this.plan = plan
    this.owner = owner
    this.outcomes = new Outcomes(plan, owner)
    this.results = this.outcomes.results
    this.requests = new Requests(x, plan, holding, this)
    this.runs = plan.branches.map(branch => new BranchRun(branch, x.trace?.branch(branch.name) ?? null))
    this.startedAt = this.now()
    this.endsAt = endsAt
  }

  /** What can start starts, what is over is over; goes on until nothing changes any more. */
  advance(): void {
    const { outcomes, runs } = this
    outcomes.changed = true
    if (this.advancing || this.over) return
    this.advancing = true
    try {
      while (outcomes.changed && !this.over) {
        outcomes.changed = false
        for (const run of runs) if (outcomes.isOpen(run) && !this.over) this.step(run)
      }
    } catch (error) {
      this.threw(error)
    }
    this.advancing = false
    if (outcomes.left > 0 || this.over) return
    this.over = true
    this.owner.complete(this.results.filter(result => result !== null))
  }

  /** Nothing starts any more, and what is under way is given up. */
  expire(): void {
    this.late = true
    this.advance()
  }

  /** How each of them fared so far; to be asked before it is closed. */
  fares(): BranchFare[] {
    const elapsedMs = this.now() - this.startedAt
    return this.runs.flatMap(run => fareOf(run, this.results[run.plan.index] ?? null, elapsedMs) ?? [])
  }

  /** Nobody wants any of it. */
  close(why: Fault): void {
    const { outcomes, runs } = this
    this.over = true
    for (const run of runs) {
      run.stop()
      if (run.request === null || run.missing !== null || !outcomes.isOpen(run)) continue
      outcomes.count(run, 'cancelled')
      run.request.cancel(why)
    }
  }

  threw(error: unknown): void {
    if (this.over) throw error
    this.owner.threw(error)
  }

  // --- one branch ---

  private step(run: BranchRun): void {
    const { request, missing } = run
    if (missing !== null) this.outcomes.fallBack(run, missing)
    else if (request === null) this.decide(run)
    else if (request.over && !request.cancelled) this.judge(run, request)
    else if (this.late || run.late) this.giveUp(run, request)
  }

  private decide(run: BranchRun): void {
    const ready = run.readiness(this, this.late || this.now() >= this.endsAt)
    if (ready === undefined) return
    if (ready === null) {
      this.outcomes.count(run, 'left out')
      this.outcomes.settle(run, LEFT_OUT)
    } else if (typeof ready === 'string') this.miss(run, ready, ready === 'skipped' ? this.causeOf(run) : null)
    else if (ready instanceof Fault) this.miss(run, 'invalid', ready)
    else this.launch(run, ready)
  }

  private launch(run: BranchRun, asked: Asked): void {
    const { plan } = run
    const { timeoutMs, twin } = plan
    run.startedAt = this.now()
    run.trace?.begin()
    const ends = this.endOf(run)
    // Others may yet want the same for longer than this one does.
    const request = this.requests.ask(plan, asked, twin === ALONE ? ends : this.endsAt, run.trace)
    run.request = request
    if (request.over) this.outcomes.changed = true
    // Of an answer that is here already only the schema may take its time.
    if (ends < this.endsAt && (!request.over || plan.check !== null)) {
      run.stopTimer = this.plan.world.after(timeoutMs, () => {
        run.late = true
        this.advance()
      })
    }
  }

  private judge(run: BranchRun, request: SubRequest): void {
    const { outcomes } = this
    const result = run.checked ?? this.check(run, judge(run.plan, request, this.now() - this.startedAt))
    if (result === 'pending' ? this.late || run.late : this.overran(run, result)) return this.giveUp(run, request)
    if (result === 'pending') return
    if (result.kind === 'missing' && result.fault === NO_ROOM) return this.owner.hasNoRoom()
    if (result.kind === 'missing') return outcomes.fail(run, result)
    outcomes.count(run, 'ok')
    outcomes.settle(run, result)
  }

  /** A schema may take its time, which is that of its branch. */
  private check(run: BranchRun, result: BranchData | BranchMissing): BranchData | BranchMissing | 'pending' {
    const { check } = run.plan
    if (check === null || result.kind === 'missing') return result
    const checked = check(result, later => {
      run.checked = later
      this.advance()
    })
    if (checked !== null) return checked
    run.checked = 'pending'
    return run.checked
  }

  /** Whether its schema gave the thread back only when the time was over: no timer could tell before. */
  private overran(run: BranchRun, { kind }: BranchResult): boolean {
    if (run.plan.check === null || kind !== 'ok') return false
    const now = this.plan.world.truly()
    if (now > this.endsAt) this.late = true
    else if (now > this.endOf(run)) run.late = true
    else return false
    return true
  }

  private endOf({ plan, startedAt }: BranchRun): number {
    return plan.timeoutMs === 0 ? this.endsAt : Math.min(this.endsAt, startedAt + plan.timeoutMs)
  }

  /** The time said is the one that was given: a timer that came late changes nothing about it. */
  private giveUp(run: BranchRun, request: SubRequest): void {
    const afterMs = (this.late ? this.endsAt : this.endOf(run)) - this.startedAt
    if (!this.isWanted(request)) request.cancel(TOO_SLOW)
    this.outcomes.fail(run, { kind: 'missing', reason: 'timeout', status: request.status, afterMs, fault: null })
  }

  private isWanted(request: SubRequest): boolean {
    if (this.late) return false
    return this.runs.some(run => run.request === request && !run.late && this.outcomes.isOpen(run))
  }

  /** What is wrong with the branch that it would have needed. */
  private causeOf({ plan }: BranchRun): Fault | null {
    const needed = plan.inputs.map(input => this.results[input]).find(result => result?.kind === 'missing')
    return needed?.kind === 'missing' ? needed.fault : null
  }

  private miss(run: BranchRun, reason: MissingReason, fault: Fault | null): void {
    const afterMs = Math.max(0, Math.min(this.now(), this.endsAt) - this.startedAt)
    this.outcomes.fail(run, { kind: 'missing', reason, status: 0, afterMs, fault })
  }

  private now(): number {
    return this.plan.world.clock.now()
  }
}

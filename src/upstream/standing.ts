import { type Cells, isLater, momentAfter, msBetween, TARGET } from './cells.ts'
import type { Member } from './member.ts'
import { readmit } from './outliers/eject.ts'
import type { Candidate } from './picker.ts'

export interface Candidates {
  readonly list: readonly Candidate[]
  /** All are asked, well or not, since too few are well. */
  readonly panicking: boolean
  /** The last moment for which this holds even if HEAD.epoch stays as it is; 0: for ever. */
  readonly until: number
}

/** Which targets may be asked; remembers nothing that is not in the cells. */
export interface Standing {
  /** `now`: a moment of cells.ts. */
  candidates(now: number): Candidates
}

export interface StandingOptions {
  /** See ServiceSpec. */
  readonly slowStartMs: number
  readonly panic: number
}

/** A slow start goes up in steps: each of them has all workers make their pickers anew. */
const SLOW_STEPS = 20
/** One tenth of the weight at first; less would hardly warm a target up. */
const FIRST_STEPS = 2
/** A breaker that lets nobody in, but cannot say until when, is asked again after this. */
const ASK_AGAIN_MS = 100

/**
 * Of the members that are not draining those are well that are neither unhealthy nor ejected and whose breaker lets
 * requests in. The lowest priority where enough are well is used: the share that `panic` says, or with 0 any at all. If
 * there is none, `panic` has the lowest priority asked as a whole (Envoy's panic threshold): many at once are seldom all
 * broken, and the few that look well would be next.
 */
export const createStanding = (members: readonly Member[], cells: Cells, options: StandingOptions): Standing => {
  const levels = levelsOf(members)
  return {
    candidates: now => {
      const look = new Look(cells, options.slowStartMs, now)
      const { list, panicking } = choose(levels, look, options.panic)
      return { list, panicking, until: look.until }
    },
  }
}

/** By priority, lowest first. */
const levelsOf = (members: readonly Member[]): readonly (readonly Member[])[] => {
  const priorities = [...new Set(members.map(({ priority }) => priority))].sort((a, b) => a - b)
  return priorities.map(priority => members.filter(member => member.priority === priority))
}

const choose = (
  levels: readonly (readonly Member[])[],
  look: Look,
  panic: number,
): { list: readonly Candidate[]; panicking: boolean } => {
  const present = levels
    .map(level => level.filter(member => !look.isDraining(member)))
    .filter(level => level.length > 0)
  for (const level of present) {
    const well = level.filter(member => look.isWell(member))
    if (well.length > 0 && well.length >= panic * level.length)
      return { list: well.map(member => look.candidate(member)), panicking: false }
  }
  const [first] = present
  if (panic === 0 || first === undefined) return { list: [], panicking: false }
  return { list: first.map(member => look.candidate(member)), panicking: true }
}

/** One look at the cells at one moment, and how long what was seen will last. */
class Look {
  until = 0
  private readonly cells: Cells
  private readonly slowStartMs: number
  private readonly now: number

  constructor(cells: Cells, slowStartMs: number, now: number) {
    this.cells = cells
    this.slowStartMs = slowStartMs
    this.now = now
  }

  isDraining({ slot }: Member): boolean {
    return this.word(slot, TARGET.draining) === 1
  }

  isWell({ slot, breaker }: Member): boolean {
    if (this.word(slot, TARGET.unhealthy) === 1) return false
    if (this.word(slot, TARGET.ejected) === 1) {
      const ejectedUntil = this.word(slot, TARGET.ejectedUntil)
      if (isLater(ejectedUntil, this.now)) {
        this.endsAt(ejectedUntil)
        return false
      }
      // Whoever sees first that its time is over has it start slowly, and be judged anew.
      readmit(this.cells, slot, this.now)
    }
    if (breaker === null || breaker.admits(this.now)) return true
    this.endsAt(momentAfter(this.now, breaker.waitMs(this.now) || ASK_AGAIN_MS))
    return false
  }

  candidate(member: Member): Candidate {
    const { slowStartMs } = this
    const upSince = slowStartMs > 0 ? this.word(member.slot, TARGET.upSince) : 0
    if (upSince === 0) return { member, weight: member.weight }
    const elapsedMs = msBetween(upSince, this.now)
    // Up to half a wrap of moments in the future: it began before all we can tell.
    if (elapsedMs >= slowStartMs || elapsedMs < -slowStartMs) return { member, weight: member.weight }
    const step = Math.max(FIRST_STEPS, Math.floor((elapsedMs * SLOW_STEPS) / slowStartMs))
    this.endsAt(momentAfter(upSince, ((step + 1) * slowStartMs) / SLOW_STEPS))
    return { member, weight: (member.weight * step) / SLOW_STEPS }
  }

  /** What was seen is over at this moment. */
  private endsAt(moment: number): void {
    const last = (moment - 1) | 0 || -1
    if (this.until === 0 || isLater(this.until, last)) this.until = last
  }

  private word(slot: number, word: number): number {
    return Atomics.load(this.cells.words, this.cells.target(slot) + word)
  }
}

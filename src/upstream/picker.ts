import type { Exchange } from '../core/exchange.ts'
import type { Reply } from '../core/reply.ts'
import type { Member } from './member.ts'

/** A target that may be asked now. */
export interface Candidate {
  readonly member: Member
  /** The configured weight, less while it starts slowly; above 0. */
  readonly weight: number
}

/** Chooses one of the candidates it was made for. */
export interface Picker {
  /** Prefers one that is not in `tried`; null only when there are no candidates. */
  pick(x: Exchange, tried: readonly Member[]): Member | null
  /** Called with the answer of the target that was picked, before the client sees it: sets a cookie, say. */
  mark?(x: Exchange, member: Member, reply: Reply): void
}

/**
 * Rebuilt whenever the candidates change. `all`: every member of the service, well or not, for what must stay as it is
 * while they come and go; the candidates unless given.
 */
export type MakePicker = (candidates: readonly Candidate[], all?: readonly Member[]) => Picker

import type { MissingReason } from '../branch.ts'

/** What `reply` gets of a branch that has data. */
export interface Ok<T> {
  readonly ok: true
  /** What the schema made of the answer; without one, the answer as it came. */
  readonly data: T
  /** Of the answer. */
  readonly status: number
}

/** Of a branch with a fallback. */
export interface OkOrFell<T> extends Ok<T> {
  /** Whether `data` is the fallback; then `status` is that of the answer that was none, 0 if none came. */
  readonly fell: boolean
}

/** Of an optional branch that has no data. */
export interface Missing {
  readonly ok: false
  readonly reason: MissingReason
  /** Of the answer, when there was one; else 0. */
  readonly status: number
  /** After how many ms of the whole that was known. */
  readonly afterMs: number
}

/** Of a branch of which the conditions did not hold: nobody asked for it. */
export interface LeftOut {
  readonly ok: false
  readonly reason: 'left out'
  readonly status: 0
  readonly afterMs: 0
}

import type { Fault } from '../base/errors.ts'
import type { Json } from '../base/json.ts'

/** Why a branch has no data, as `Sallyport-Partial` says it (DESIGN §6). */
export type MissingReason = 'timeout' | 'status' | 'connect' | 'invalid' | 'oversize' | 'skipped'

/**
 * What became of a branch. Its data is either JSON text that is passed on as it came, or a value. `left out`: its
 * condition did not hold, which is no failure.
 */
export type BranchResult = BranchData | BranchMissing | { readonly kind: 'left out' }

export interface BranchData {
  readonly kind: 'ok'
  /** One complete JSON value in UTF-8, within bounds; null where it was parsed. */
  readonly text: Buffer | null
  /** Parsed when somebody asks: an edit, a shape, another branch. */
  json(): Json
  readonly status: number
  /** After how many ms of the aggregate it was there: `_meta` tells. */
  readonly afterMs: number
  /** A fallback stands in for it. */
  readonly missing: BranchMissing | null
}

export interface BranchMissing {
  readonly kind: 'missing'
  readonly reason: MissingReason
  /** Of its answer, when it gave one; else 0. */
  readonly status: number
  /** After how many ms of the aggregate that was known. */
  readonly afterMs: number
  readonly fault: Fault | null
}

import type { Load } from './load.ts'
import type { OpenCount } from './open-count.ts'
import type { TargetState } from './target.ts'
import type { Breaker, Watch } from './watch.ts'

/** A target as one service of one Plan addresses it. */
export interface Member {
  readonly state: TargetState
  /** Its place in the cells of the service. */
  readonly slot: number
  readonly hostLine: string
  readonly basePath: string
  /** Its URL, for log and metrics; unique within the service. */
  readonly label: string
  readonly weight: number
  readonly priority: number
  readonly load: Load
  readonly open: OpenCount
  readonly breaker: Breaker | null
  readonly watches: readonly Watch[]
}

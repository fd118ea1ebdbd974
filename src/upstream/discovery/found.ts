import type { TargetList } from './target-list.ts'
import type { Trouble } from './trouble.ts'

/** Where what was found, or was not, is told. */
export interface Found {
  readonly list: TargetList
  readonly trouble: Trouble
  /** There was an answer or a failure. */
  settled(): void
}

import { ROW_BITS, STRIDE_BITS } from '../limits/limit-cells.ts'
import type { LimitMemory } from '../limits/limit-memory.ts'

/** The tags of a limit table, set by set. */
export const tagsOf = ({ table }: LimitMemory): number[] => {
  const isTag = (at: number): boolean => (at & (2 ** STRIDE_BITS - 1)) < 2 ** ROW_BITS
  return [...new Int32Array(table)].filter((_, at) => isTag(at))
}

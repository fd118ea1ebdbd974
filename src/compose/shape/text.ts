import type { BranchResult } from '../branch.ts'

const NULL = Buffer.from('null')

/** A branch's data as JSON text; null in its place where there is none. */
export const textOf = (result: BranchResult): Buffer => {
  if (result.kind !== 'ok') return NULL
  return result.text ?? Buffer.from(JSON.stringify(result.json()))
}

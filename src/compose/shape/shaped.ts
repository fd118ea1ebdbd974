import type { BranchResult } from '../branch.ts'

/** One JSON text, or why there is none: for people, and with names of branches and members alone. */
export type Shaped = { readonly body: Buffer } | { readonly conflict: string }

/** `results`: one for each branch, in the order of writing. Data that its branch may not have counts as missing. */
export type Shape = (results: readonly BranchResult[]) => Shaped

import { SAMPLED, type TraceParent } from './trace-context.ts'

/** Whether a trace is kept. `caller`: where the request comes from a trace; `trusted`: from a peer that is believed. */
export type Sampler = (caller: TraceParent | null, trusted: boolean) => boolean

/**
 * A trusted caller has decided already, and a trace is whole or not there. For all others chance decides, never the flag
 * nor the trace id: a stranger could make both such that everything of theirs is kept at our cost, or nothing is.
 */
export const createSampler =
  (share: number, random: () => number): Sampler =>
  (caller, trusted) =>
    caller !== null && trusted ? (caller.flags & SAMPLED) !== 0 : random() < share

import type { LookupFunction } from 'node:net'
import type { EndpointSpec } from '../../spec/spec.ts'
import type { HealthSpec } from '../../spec/spec-resilience.ts'

/** Whom to ask, and what. */
export interface Probed {
  readonly endpoint: EndpointSpec
  readonly health: HealthSpec
  readonly lookup: LookupFunction
}

/** What is wrong with the target, in a few words that may be logged; null: nothing. */
export type Failure = string | null

export type Done = (failure: Failure) => void

/**
 * Asks one target once, on a connection of its own that is destroyed before `done` is called. That is once, and not
 * before this returned. The returned function gives up at once, and `done` may still be called then. Bounded in bytes;
 * the time is for the caller to watch.
 */
export type Probe = (probed: Probed, done: Done) => () => void

type ProbeSpec = HealthSpec['probe']
export type HttpProbeSpec = Extract<ProbeSpec, { kind: 'http' }>
export type GrpcProbeSpec = Extract<ProbeSpec, { kind: 'grpc' }>

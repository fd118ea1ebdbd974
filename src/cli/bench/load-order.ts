import type { Counts } from './tally.ts'

/** Where requests go and what they are. Crosses threads. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  /** Whether the certificate is checked, and the name it must be for; undefined: no TLS. */
  readonly tls: { readonly servername: string; readonly verify: boolean } | undefined
  /** Head and body, as they are sent. */
  readonly request: Uint8Array
  /** An answer to HEAD has no body. */
  readonly method: string
}

/** One run of the generator. */
export interface LoadOrder {
  readonly endpoint: Endpoint
  /** Requests per second. */
  readonly rate: number
  /** Without the lead-in. */
  readonly durationMs: number
  /** Of the same load before it, whose times are not counted. */
  readonly leadInMs: number
  readonly connections: number
  readonly mostRequests: number
  /** Of the arrivals. */
  readonly seed: number
}

export interface LoadResult extends Counts {
  readonly rate: number
  /** From the first request that was due to the last answer, lead-in included. */
  readonly elapsedMs: number
  /** CPU time of the generator's thread. */
  readonly generatorCpuMs: number
  /** Most requests in flight at once, and how many could have been. */
  readonly peak: number
  readonly connections: number
}

/** What a load generator saw in one run. */
export interface Load {
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Failed connections, reads, writes and timeouts, answers that are not 2xx, answers too short. */
  readonly errors: number
}

export const CONNECTIONS = 64

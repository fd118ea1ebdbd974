/** How gRPC writes it (gRPC over HTTP/2, "Timeout"): at most eight digits and a unit. */
const GRPC = 'grpc-timeout'
const GRPC_VALUE = /^(\d{1,8})([HMSmun])$/
const MOST_GRPC = 99_999_999
const GRPC_UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 }

const PLAIN_VALUE = /^\d{1,10}$/

/** What a timer can wait for: 24 days. Whoever may wait longer does not shorten anything. */
const MOST_MS = 2_147_483_647

/**
 * Tells the service how long its answer is waited for. A time that is nearly over is still 1: 0 would be no time in
 * gRPC, and "no bound" to some servers. `header` in lower case.
 */
export const deadlineLine = (header: string, msLeft: number): string => {
  const ms = Math.max(1, Math.floor(msLeft))
  return `${header}: ${header === GRPC ? grpcValue(ms) : ms}\r\n`
}

/** In seconds, rounded down, where eight digits do not hold the milliseconds. */
const grpcValue = (ms: number): string =>
  ms <= MOST_GRPC ? `${ms}m` : `${Math.min(MOST_GRPC, Math.floor(ms / 1000))}S`

/**
 * How long a client says that it waits, ms; undefined where it says nothing that can be read, or nothing at all. At
 * least 1: what is left of less is not worth telling apart.
 */
export const readDeadline = (header: string, value: string): number | undefined => {
  const ms = header === GRPC ? grpcMs(value) : PLAIN_VALUE.test(value) ? Number(value) : 0
  return ms > 0 ? Math.min(MOST_MS, Math.max(1, Math.floor(ms))) : undefined
}

const grpcMs = (value: string): number => {
  const parts = GRPC_VALUE.exec(value)
  return parts === null ? 0 : Number(parts[1]) * GRPC_UNIT_MS[parts[2]!]!
}

/** How a service stays up while its targets do not; part of the Spec (spec.ts), plain data like all of it. */

/** What decides the target, or the share of a split, that a client gets. */
export type AffinitySpec =
  | { readonly kind: 'ip' | 'consumer' }
  /** Names of headers in lower case. */
  | { readonly kind: 'header' | 'cookie' | 'claim' | 'param'; readonly name: string }

export type BalanceSpec =
  | { readonly kind: 'round-robin' | 'least-request' | 'random' | 'ewma' }
  | {
      readonly kind: 'hash'
      readonly by: AffinitySpec
      readonly algorithm: 'ring' | 'maglev'
      /** Most requests in flight at one target, as a multiple of the mean (1.25); 0: no bound. */
      readonly boundedLoad: number
    }
  /** The gateway sets a cookie that names the target. */
  | { readonly kind: 'sticky'; readonly cookie: string /** 0: until the browser closes. */; readonly maxAgeMs: number }

/** Where targets come from when they are not in the configuration. */
export type DiscoverSpec = {
  /** Scheme, port and path prefix of every target, and the name in `Host` and SNI. */
  readonly tls: boolean
  readonly host: string
  readonly port: number
  readonly authority: string
  readonly basePath: string
} & (
  | {
      /** `dns`: each A and AAAA record is a target. `srv`: each SRV record is, with its port, weight and priority. */
      readonly kind: 'dns' | 'srv'
      /** As written, for messages. */
      readonly url: string
      /** Name servers, `address[:port]`; empty: the system's. */
      readonly servers: readonly string[]
      /** Answers are kept for their time to live, within these bounds. */
      readonly minMs: number
      readonly maxMs: number
    }
  /** A list of endpoints in YAML or JSON, watched; absolute. */
  | { readonly kind: 'file'; readonly path: string }
)

export interface HealthSpec {
  readonly probe:
    | {
        readonly kind: 'http'
        readonly method: 'GET' | 'HEAD'
        readonly path: string
        /** Of the request; empty: the target's authority. */
        readonly host: string
        readonly headers: readonly (readonly [string, string])[]
        /** Inclusive ranges. */
        readonly statuses: readonly (readonly [number, number])[]
        /** Must be in the first 64 KiB of the answer; empty: anything. */
        readonly body: string
      }
    | { readonly kind: 'tcp' }
    /** grpc.health.v1.Health/Check; `service` may be empty: the server as a whole. */
    | { readonly kind: 'grpc'; readonly service: string }
  /** 0: the target's. */
  readonly port: number
  readonly intervalMs: number
  /** Each interval is longer or shorter by up to this share, so that probes of many gateways spread out. */
  readonly jitter: number
  readonly timeoutMs: number
  readonly healthyAfter: number
  readonly unhealthyAfter: number
}

export interface OutliersSpec {
  /** Failures in a row that eject; 0: off. */
  readonly consecutiveErrors: number
  /** Counts what never got an answer (refused, reset, too slow) apart, with its own bound; 0: counted with the others. */
  readonly consecutiveLocalErrors: number
  /** Share of failures within an interval that ejects; 0: off. */
  readonly failureRate: number
  /** Ejects whose success rate is below mean − factor × standard deviation; 0: off. */
  readonly deviation: number
  /** Targets with fewer requests in the interval are not judged by rates. */
  readonly minRequests: number
  /** Fewer targets with enough requests than this are not compared with each other. */
  readonly minTargets: number
  readonly intervalMs: number
  readonly ejectMs: number
  readonly maxEjectMs: number
  /** Share of the targets that may be ejected at once; one always may when there are several. */
  readonly maxEjected: number
  /** Say so, but eject nobody. */
  readonly dryRun: boolean
}

export interface BreakerSpec {
  /** Share of failures that opens; 0: off. */
  readonly failureRate: number
  /** Share of slow calls that opens; 0: off. */
  readonly slowRate: number
  readonly slowMs: number
  /** Failures in a row that open; 0: off. */
  readonly consecutiveFailures: number
  /** Requests in the window below which no rate opens it. */
  readonly minRequests: number
  readonly windowMs: number
  readonly openMs: number
  readonly halfOpenRequests: number
  /** Traffic comes back gradually over this time; 0: at once. */
  readonly rampMs: number
}

export type RetryOn = 'connect' | 'reset' | 'timeout' | number

export interface RetrySpec {
  /** Tries in all. */
  readonly attempts: number
  /** `reset`: the connection broke before the answer. Numbers: status codes of answers. */
  readonly on: readonly RetryOn[]
  /** Longest wait for the head of one answer; 0: the service's `head`. */
  readonly perTryMs: number
  readonly backoffMs: { readonly least: number; readonly most: number }
  /** Share of the requests that may be retries; 0: no budget. */
  readonly budget: number
  /** Retries that are always allowed within the budget's window, however few requests there are. */
  readonly minRetries: number
  /** Bodies up to this many bytes are kept and sent again; 0: none. */
  readonly maxBodyBytes: number
  /** Also methods that are not idempotent, without an Idempotency-Key. */
  readonly anyMethod: boolean
  /** `Retry-After` up to this long is waited for; a longer one ends the retrying. 0: not looked at. */
  readonly maxRetryAfterMs: number
}

/** Answers the gateway made by itself that a fallback stands in for. */
export type FallbackOn = 'open' | 'unhealthy' | 'overloaded' | 'connect' | 'timeout' | '5xx'

export interface FallbackSpec {
  readonly on: readonly FallbackOn[]
  readonly answer:
    | {
        readonly kind: 'respond'
        readonly status: number
        readonly headers: readonly (readonly [string, string])[]
        readonly body: string
      }
    | { readonly kind: 'service'; readonly service: string }
}

/** Trouble made on purpose, to see whether clients bear it. Shares are 0 to 1. */
export interface FaultSpec {
  readonly delay: { readonly ms: number; readonly share: number } | undefined
  readonly abort: { readonly status: number; readonly share: number } | undefined
  /** Only requests with this header (lower case), whatever its value; empty: all. */
  readonly header: string
}

/** How the services of a split are chosen, beyond their weights. */
export interface SplitSpec {
  /** The same value gets the same service; undefined: each request by chance. */
  readonly sticky: AffinitySpec | undefined
  /** A request whose header or cookie names one of the services gets it; names empty: not looked at. */
  readonly header: string
  readonly cookie: string
}

/**
 * Every answer the gateway makes by itself is one row of this table (DESIGN §6). Codes are API; texts are not.
 */
export type ErrorSide = 'client' | 'gateway' | 'upstream'

export interface ErrorRow {
  readonly status: number
  readonly side: ErrorSide
  /** Whether the same request may succeed when sent again. */
  readonly retryable: boolean
  readonly title: string
  /** RFC 9209 §2.3 error token, for faults of the upstream side. */
  readonly proxyStatus?: string
}

export const ERRORS = {
  NO_ROUTE: { status: 404, side: 'client', retryable: false, title: 'No route matches' },
  METHOD_NOT_ALLOWED: { status: 405, side: 'client', retryable: false, title: 'Method not allowed' },
  MISSING_CREDENTIAL: { status: 401, side: 'client', retryable: false, title: 'Credential missing' },
  INVALID_CREDENTIAL: { status: 401, side: 'client', retryable: false, title: 'Credential not valid' },
  FORBIDDEN: { status: 403, side: 'client', retryable: false, title: 'Not allowed' },
  RATE_LIMITED: { status: 429, side: 'client', retryable: true, title: 'Limit exceeded' },
  BAD_REQUEST: { status: 400, side: 'client', retryable: false, title: 'Malformed request' },
  HEAD_TOO_LARGE: { status: 431, side: 'client', retryable: false, title: 'Request head too large' },
  URI_TOO_LONG: { status: 414, side: 'client', retryable: false, title: 'Request target too long' },
  BODY_TOO_LARGE: { status: 413, side: 'client', retryable: false, title: 'Request body too large' },
  REQUEST_TIMEOUT: { status: 408, side: 'client', retryable: true, title: 'Request came too slowly' },
  /** Nobody can say whether the credential is good: no key set was ever fetched, or the directory of keys is away. */
  AUTH_UNAVAILABLE: { status: 503, side: 'gateway', retryable: true, title: 'Credential cannot be checked now' },
  CIRCUIT_OPEN: {
    status: 503,
    side: 'upstream',
    retryable: true,
    title: 'Circuit open',
    proxyStatus: 'destination_unavailable',
  },
  NO_HEALTHY_TARGET: {
    status: 503,
    side: 'upstream',
    retryable: true,
    title: 'No healthy target',
    proxyStatus: 'destination_unavailable',
  },
  OVERLOADED: {
    status: 503,
    side: 'upstream',
    retryable: true,
    title: 'Overloaded',
    proxyStatus: 'connection_limit_reached',
  },
  UPSTREAM_CONNECT: {
    status: 502,
    side: 'upstream',
    retryable: true,
    title: 'Upstream refused or reset the connection',
    proxyStatus: 'connection_refused',
  },
  UPSTREAM_PROTOCOL: {
    status: 502,
    side: 'upstream',
    retryable: false,
    title: 'Upstream gave a bad answer',
    proxyStatus: 'http_protocol_error',
  },
  UPSTREAM_TIMEOUT: {
    status: 504,
    side: 'upstream',
    retryable: true,
    title: 'Upstream too slow',
    proxyStatus: 'http_response_timeout',
  },
  BRANCH_FAILED: { status: 502, side: 'upstream', retryable: true, title: 'A required branch failed' },
  BRANCH_TIMEOUT: { status: 504, side: 'upstream', retryable: true, title: 'A required branch was too slow' },
  EXPECTATION_FAILED: { status: 417, side: 'client', retryable: false, title: 'Expectation not supported' },
  /** Our own `Via` came back (RFC 9110 §7.6.3, RFC 5842 §7.2). */
  LOOP_DETECTED: {
    status: 508,
    side: 'gateway',
    retryable: false,
    title: 'Loop detected',
    proxyStatus: 'proxy_loop_detected',
  },
  HTTP_VERSION: { status: 505, side: 'client', retryable: false, title: 'HTTP version not supported' },
  INTERNAL: { status: 500, side: 'gateway', retryable: false, title: 'Internal error' },
  /** Never sent: what the log says when the client left first. */
  CLIENT_GONE: { status: 499, side: 'client', retryable: false, title: 'Client gone' },
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS

/** The codes in the order of the table. */
export const ERROR_CODES = Object.keys(ERRORS) as readonly ErrorCode[]

/** A registered problem type (RFC 9457 §4.2) in place of our URN, and its extension members. */
export interface ProblemMore {
  readonly type: string
  readonly members: Readonly<Record<string, unknown>>
}

/**
 * One failed request. Not an `Error`: nobody reads its stack, and capturing one costs microseconds at the worst moment.
 */
export class Fault {
  readonly code: ErrorCode
  /** For people; never holds a secret or an internal address. */
  readonly detail: string
  /** Extra response fields, e.g. `allow`, `retry-after`; names in lower case. */
  readonly headers: readonly (readonly [string, string])[]
  /** What the body says beyond the table; null: nothing. */
  readonly problem: ProblemMore | null

  constructor(
    code: ErrorCode,
    detail = '',
    headers: readonly (readonly [string, string])[] = [],
    problem: ProblemMore | null = null,
  ) {
    this.code = code
    this.detail = detail
    this.headers = headers
    this.problem = problem
  }

  get row(): ErrorRow {
    return ERRORS[this.code]
  }
}

/** What code of a configuration may know of a request. Good until the answer is given: then there are no more headers. */
export interface AggregateRequest {
  /** Of the gateway; the same in its logs and for the services. */
  readonly id: string
  readonly method: string
  /** Normalised. */
  readonly path: string
  /** Of the path, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Undefined where the request has none, or it was a credential. */
  header(name: string): string | undefined
  /** Of the token; frozen. Empty where there was none. */
  readonly claims: Readonly<Record<string, unknown>>
  /** `sub` of the token, or empty. */
  readonly subject: string
  /** Name of the known consumer, or empty. */
  readonly consumer: string
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
  /** Pulled when the client has left or the time is over. */
  readonly signal: AbortSignal
}

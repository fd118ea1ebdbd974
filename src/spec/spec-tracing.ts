/** Distributed tracing of all requests. */
export interface TracingSpec {
  /** Where spans are sent, the path included. */
  readonly url: string
  /** Share of the traces that begin here, or come from strangers, that is kept; 0 to 1. */
  readonly sample: number
  /** `service.name` of the spans. */
  readonly service: string
  /** Sent to the collector; names in lower case. Values may be secrets. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** For one request to the collector. */
  readonly timeoutMs: number
}

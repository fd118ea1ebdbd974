import type { AggregateRequest } from '../../core/code/aggregate-request.ts'
import type { Responded, RespondOptions } from '../../core/code/respond.ts'

/** What a plugin may know of a request; good until its tap was called: then there are no more headers. */
export interface PluginRequest extends AggregateRequest {
  /** Lower case, without port. */
  readonly host: string
  readonly scheme: 'http' | 'https'
  /** As limits and access rules see it: from `X-Forwarded-For` where the peer is trusted. */
  readonly clientAddress: string
  /** Name of the route. */
  readonly route: string
  /**
   * Every field as the gates before left it, names in lower case, in the order of the client's. Credentials that were taken
   * out are not among them, nor is what the client says of its own identity.
   */
  headers(): [name: string, value: string][]
  /** What the parts of the plugins of one request leave for each other; made when it is first asked for. */
  readonly store: Map<unknown, unknown>
}

/** What a gate may do besides. */
export interface GateRequest extends PluginRequest {
  /**
   * Of the head that goes upstream, in place of what was there. Throws a TypeError for what is no name or value, for names
   * that the gateway sets (hop-by-hop, framing, forwarding, identity), and once the gate has answered.
   */
  setHeader(name: string, value: string): void
  /** The same, for what is not to go upstream. */
  removeHeader(name: string): void
}

/** The head of an answer, the gateway's own errors included, until `shape` returns. */
export interface PluginResponse {
  readonly status: number
  /** Of the error that the gateway answers with; empty: it is none. */
  readonly code: string
  /** The first value that the client will see. */
  header(name: string): string | undefined
  /** In place of what was there. Throws a TypeError for what is no name or value, and for what the gateway sets. */
  setHeader(name: string, value: string): void
  /** One more line, as for `set-cookie`. */
  appendHeader(name: string, value: string): void
  removeHeader(name: string): void
}

/** How a request ended. */
export interface PluginSummary {
  /** 499: the client left before there was an answer. */
  readonly status: number
  /** From the first byte of the request to the last of the answer. */
  readonly ms: number
  /** Of the bodies. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** Of the error it ended with, also after its head was sent; empty: none. */
  readonly code: string
}

/** An answer of a gate: the keys of `respond`, of which `status` must be there, or what `respond` gives. */
export type PluginReply = (RespondOptions & { readonly status: number }) | Responded

// biome-ignore lint/suspicious/noConfusingVoidType: a function that just ends is what most gates are.
type Gated = PluginReply | undefined | void

export interface PluginOptions {
  /** In logs, metrics and `explain`; once on a route. Letters, digits, `.`, `_` and `-`. */
  readonly name: string
  /** How long the gate may take for one request; 1s unless set. */
  readonly budget?: string
  /** Before the request goes upstream, behind all other gates. Nothing: it may go on. */
  gate?(request: GateRequest): Gated | PromiseLike<Gated>
  /** Before the first byte of the answer, whoever gave it. May not wait. */
  shape?(request: PluginRequest, response: PluginResponse): void
  /** Once, when all is over. Nobody waits for what it starts. */
  tap?(request: PluginRequest, summary: PluginSummary): unknown
}

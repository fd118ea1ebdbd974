import type { AggregateSpec } from './spec-aggregate.ts'
import type { AuthSpec, ConsumerSpec } from './spec-auth.ts'
import type {
  AccessSpec,
  AuthRuleSpec,
  CorsSpec,
  FieldsSpec,
  HeaderEditSpec,
  IpRulesSpec,
  LimitSpec,
  PluginSpec,
  StateSpec,
} from './spec-policies.ts'
import type {
  BalanceSpec,
  BreakerSpec,
  DiscoverSpec,
  FallbackSpec,
  FaultSpec,
  HealthSpec,
  OutliersSpec,
  RetrySpec,
  SplitSpec,
} from './spec-resilience.ts'
import type { TracingSpec } from './spec-tracing.ts'

import type { TypedSpec } from './spec-typed.ts'

/**
 * The Spec: what the user wrote, checked, defaults filled in, units resolved. Plain data: it crosses threads by
 * structured clone. Times are milliseconds, sizes bytes, 0 means "off" where a bound can be off.
 */
export interface GatewaySpec {
  readonly listeners: readonly ListenerSpec[]
  readonly admin: AddressSpec | undefined
  /** Worker threads; `auto` is resolved to the number of cores at load. */
  readonly workers: number
  readonly trustedProxies: readonly string[]
  readonly accessLog: AccessLogSpec | undefined
  readonly tracing: TracingSpec | undefined
  /** What `//` and an encoded slash mean in a path: kept, `//` merged into one, or either answered 400. */
  readonly slashes: 'keep' | 'merge' | 'reject'
  /** The pseudonym in `Via`, RFC 9110 §7.6.3. */
  readonly via: string
  readonly drainMs: number
  readonly drainDelayMs: number
  /** New requests are refused while a worker's event loop is late by more than this; 0: off. */
  readonly shedLagMs: number
  /** Bytes of bodies that a worker holds at once, of aggregates and of answers whose fields are edited. */
  readonly bodyRoom: number
  /** Where limits are counted and keys and revocations are shared; a restart to change. */
  readonly state: StateSpec
  /** Ways of proving who one is, by name; in the order of writing. */
  readonly auth: readonly AuthSpec[]
  readonly consumers: readonly ConsumerSpec[]
  readonly services: readonly ServiceSpec[]
  /** Those of the frontends included, after the others. */
  readonly routes: readonly RouteSpec[]
  readonly frontends: readonly FrontendSpec[]
  /** Of answers to requests that no route takes. */
  readonly unroutedHeaders: readonly HeaderEditSpec[]
}

/**
 * One gateway within the gateway. A request that fits all of hosts, prefix and listeners is its own: no route but those
 * of this frontend is asked, even when none of them fits. Of several frontends that a request fits, it belongs to the
 * most specific: first by host (as among routes), then by the longer prefix, then one that names listeners.
 */
export interface FrontendSpec {
  readonly name: string
  /** As in `RouteSpec`; empty: any. */
  readonly hosts: readonly string[]
  /** Literal segments in normal form, without a slash at its end (`/m`); empty: every path. */
  readonly prefix: string
  /** Names; empty: any. */
  readonly listeners: readonly string[]
}

export interface AddressSpec {
  readonly host: string
  readonly port: number
}

export interface ListenerSpec extends AddressSpec {
  readonly name: string
  readonly tls: TlsSpec | undefined
  readonly limits: {
    readonly headBytes: number
    readonly fields: number
    readonly targetBytes: number
    /** 0: unlimited. */
    readonly bodyBytes: number
    /** Accepted connections over all workers. */
    readonly connections: number
  }
  readonly timeouts: {
    /** The whole head, from its first byte (or from accept). */
    readonly headMs: number
    /** Between requests on a kept-alive connection. */
    readonly idleMs: number
    /** Between two pieces of a body, either direction. */
    readonly bodyMs: number
  }
}

/** File contents, not paths: read by the main thread, so that workers never touch the disk. */
export interface TlsSpec {
  readonly cert: string
  readonly key: string
  readonly clientCa: string | undefined
}

export interface AccessLogSpec {
  readonly format: 'json' | 'combined'
  /** `stdout`, `stderr` or a file path. */
  readonly to: string
}

export interface ServiceSpec {
  readonly name: string
  /** Empty when they are discovered. */
  readonly endpoints: readonly EndpointSpec[]
  readonly discover: DiscoverSpec | undefined
  /** `Host` sent upstream: the target's authority, or the client's. */
  readonly host: 'target' | 'preserve'
  /** Whether `Via` is added to what is sent upstream. */
  readonly via: boolean
  readonly timeouts: {
    readonly connectMs: number
    /** The handshake, once connected. */
    readonly tlsMs: number
    readonly headMs: number
    readonly idleMs: number
    /** 0: off. */
    readonly totalMs: number
  }
  readonly connections: {
    /** Requests in flight per target over all workers; 0: unlimited. */
    readonly max: number
    /** Requests in flight for the whole service over all workers; 0: unlimited. */
    readonly maxTotal: number
    /** Open connections per target over all workers; 0: unlimited. */
    readonly open: number
    /** Requests waiting per service, over all workers, once one of these is reached. */
    readonly queue: number
    /** Longest wait there. */
    readonly waitMs: number
    readonly idleMs: number
  }
  readonly balance: BalanceSpec
  /** A target that is new or back takes its share of the traffic gradually over this time; 0: at once. */
  readonly slowStartMs: number
  /** When a smaller share of the targets than this is well, all are asked; 0: never. */
  readonly panic: number
  readonly health: HealthSpec | undefined
  readonly outliers: OutliersSpec | undefined
  /** For the service as a whole. */
  readonly breaker: BreakerSpec | undefined
  /** For each of its targets. */
  readonly targetBreaker: BreakerSpec | undefined
  readonly retry: RetrySpec | undefined
  readonly fallback: FallbackSpec | undefined
  /** Header that tells the service how many ms are left (`grpc-timeout` in its own form); lower case, empty: none. */
  readonly deadlineHeader: string
}

export interface EndpointSpec {
  /** As written, without credentials: the label of the target in metrics and logs. */
  readonly url: string
  readonly tls: boolean
  readonly host: string
  readonly port: number
  /** `host[:port]` as it belongs in `Host`. */
  readonly authority: string
  /** Path prefix of the URL without a trailing slash, or empty. */
  readonly basePath: string
  readonly weight: number
  /** 0 first; a higher one is used only when none of the lower is well. */
  readonly priority: number
  /** What to connect to in place of `host`; empty: whatever `host` resolves to. */
  readonly address: string
}

export interface RouteSpec {
  /** Given, or made from what it matches; unique. Begins with the name of its frontend and a slash. */
  readonly name: string
  /** Position in the document, for ties: those of frontends come after all others. */
  readonly index: number
  /** `file:line:column`, when known. */
  readonly place: string | undefined
  /** Name of the frontend it belongs to; empty: none. */
  readonly frontend: string
  /** Names; empty: any. */
  readonly listeners: readonly string[]
  readonly priority: number
  /** Lower case; `*.example.com` matches one or more labels; empty: any. */
  readonly hosts: readonly string[]
  readonly match: { readonly kind: 'path' | 'prefix' | 'regex'; readonly pattern: string }
  /** Upper case; empty: any. */
  readonly methods: readonly string[]
  readonly headers: readonly FieldMatchSpec[]
  readonly query: readonly FieldMatchSpec[]
  readonly action: ActionSpec
  /** For the whole request, ms; 0: the service's. */
  readonly totalMs: number
  readonly auth: AuthRuleSpec
  readonly access: AccessSpec | undefined
  /** In the order of writing; empty: unlimited. */
  readonly limits: readonly LimitSpec[]
  /** `pass`: preflights go to the service, which answers them by itself; nobody has looked at who sends them. */
  readonly cors: CorsSpec | 'pass' | undefined
  readonly ip: IpRulesSpec | undefined
  /** In place of the services' own; `none`: no retries. */
  readonly retry: RetrySpec | 'none' | undefined
  readonly fault: FaultSpec | undefined
  /** What is done to the head of requests before they are answered, and to that of answers, whoever gave them. */
  readonly requestHeaders: readonly HeaderEditSpec[]
  readonly responseHeaders: readonly HeaderEditSpec[]
  /** What is done to the JSON of its answers; undefined: nothing. */
  readonly fields: FieldsSpec | undefined
  /** In the order they run; those that were handed down are among them. */
  readonly plugins: readonly PluginSpec[]
}

/** The whole value of one header (name in lower case) or one query parameter: a text, or a regular expression for it. */
export type FieldMatchSpec =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly regex: string }

export type ActionSpec = ForwardSpec | RespondSpec | RedirectSpec | AggregateSpec | HandlerSpec

export interface ForwardSpec {
  readonly kind: 'forward'
  /** At least one; weights are positive integers, 0 only where `split` lets requests name their service. */
  readonly to: readonly { readonly service: string; readonly weight: number }[]
  readonly split: SplitSpec
  readonly stripPrefix: boolean
  /** Path template with `{name}` and `{rest...}` of the route's pattern, or undefined. */
  readonly rewrite: string | undefined
  /** `Host` that is sent upstream; empty: as the service says. */
  readonly host: string
}

export interface RespondSpec {
  readonly kind: 'respond'
  readonly status: number
  /** Names in lower case. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

export interface RedirectSpec {
  readonly kind: 'redirect'
  /**
   * Where to: a path or an absolute URL. On a `prefix` route the rest of the path is appended, on others
   * `{name}` parameters are filled in. The query is kept unless `to` has its own.
   */
  readonly to: string
  /** In place of what the client asked for; `to` is a path then, or empty: the path stays as it is. */
  readonly origin?: OriginSpec | undefined
  readonly status: 301 | 302 | 303 | 307 | 308
}

export interface OriginSpec {
  /** Empty: the client's. */
  readonly scheme: 'http' | 'https' | ''
  /** Empty: the client's. */
  readonly host: string
  /** 0: that of the scheme. */
  readonly port: number
}

/** A function of the configuration that answers (`handler()` in TypeScript). */
export interface HandlerSpec {
  readonly kind: 'handler'
  /** How long it may take when it does not answer at once. */
  readonly deadlineMs: number
  /** Of a request's body. */
  readonly maxBytes: number
  readonly typed: TypedSpec
}

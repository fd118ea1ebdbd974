/** What a route asks of a request before it is passed on; part of the Spec (spec.ts), plain data like all of it. */

import type { JsonEditSpec, TextTemplate } from './spec-aggregate.ts'
import type { TypedSpec } from './spec-typed.ts'

export type StateSpec =
  /** `keys`: how many limit keys are counted at once, over all workers. */
  | { readonly kind: 'memory'; readonly keys: number }
  | {
      readonly kind: 'redis'
      readonly keys: number
      /** `redis://` or `rediss://`, credentials included: never shown. */
      readonly url: string
      /** Before every key. */
      readonly prefix: string
      /** Longest wait for a decision. */
      readonly timeoutMs: number
    }

export interface AuthRuleSpec {
  /** `none`: nobody needs to prove anything. `any`: one of `ways` is enough. `all`: each of `ways`. */
  readonly need: 'none' | 'any' | 'all'
  /** Names in `auth`; empty with `none`. */
  readonly ways: readonly string[]
  /** A request without a credential passes as nobody; a bad credential is refused all the same. */
  readonly optional: boolean
}

/** A condition on a list of labels. */
export interface LabelsRuleSpec {
  readonly need: 'any' | 'all'
  readonly values: readonly string[]
}

export interface AccessSpec {
  readonly roles: LabelsRuleSpec | undefined
  readonly scopes: LabelsRuleSpec | undefined
  /** One of these; empty: any. */
  readonly consumers: readonly string[]
  /** All of them. A claim that is a list fits when one of its items does. */
  readonly claims: readonly {
    /** `org.id` is member `id` of member `org`; a claim whose name has dots is found as well. */
    readonly claim: string
    readonly values: readonly (string | number | boolean)[]
  }[]
}

/** Whose requests are counted together. */
export type LimitKeySpec =
  /** `consumer`: the consumer, else the token's subject. `key`: the API key. `route`: everybody together. */
  | { readonly kind: 'consumer' | 'key' | 'ip' | 'route' }
  | { readonly kind: 'claim' | 'header' | 'param'; readonly name: string }

export interface RateSpec {
  readonly count: number
  readonly perMs: number
  /** Most at once (gcra); `count` unless set. */
  readonly burst: number
}

interface LimitCommonSpec {
  /** Unique within the route; a token, since it is sent to clients. */
  readonly name: string
  /** At least one; what they give is combined. Where one gives nothing, the client address stands in. */
  readonly by: readonly LimitKeySpec[]
  /** Count and report, but refuse nothing. */
  readonly dryRun: boolean
}

export type LimitSpec = RateLimitSpec | ConcurrencyLimitSpec

export interface RateLimitSpec extends LimitCommonSpec {
  readonly kind: 'rate'
  readonly rate: RateSpec
  /** In place of `rate` for consumers of a tier. */
  readonly tiers: readonly { readonly tier: string; readonly rate: RateSpec }[]
  readonly algorithm: 'gcra' | 'fixed-window' | 'sliding-window'
  readonly cost: {
    /** What a request takes when it comes in. */
    readonly fixed: number
    /** Field of the answer that says what the request really cost; the difference is charged then. Lower case, or empty. */
    readonly responseHeader: string
  }
  readonly headers: 'ietf' | 'legacy' | 'both' | 'off'
  readonly onStoreFailure: 'local' | 'allow' | 'deny'
}

/** Requests in flight at once, on this machine. */
export interface ConcurrencyLimitSpec extends LimitCommonSpec {
  readonly kind: 'concurrency'
  readonly max: number
  readonly tiers: readonly { readonly tier: string; readonly max: number }[]
}

export interface CorsSpec {
  /** `*`, exact origins, or patterns with one `*` label: `https://*.example.com`. Lower case. */
  readonly origins: readonly string[]
  /** Empty: those of the route, or any. */
  readonly methods: readonly string[]
  /** Allowed request headers, lower case; empty: whatever is asked for. */
  readonly headers: readonly string[]
  readonly expose: readonly string[]
  readonly credentials: boolean
  /** How long browsers may keep the answer to a preflight, ms; 0: what they do by themselves. */
  readonly maxAgeMs: number
}

/** `deny` goes first; with an `allow` list whatever is not in it is refused. */
export interface IpRulesSpec {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

export type PluginPart = 'gate' | 'shape' | 'tap'

/** Code of the configuration that takes part in requests (`definePlugin()` in TypeScript). */
export interface PluginSpec {
  /** Unique within the route. */
  readonly name: string
  /** Which it has; at least one. */
  readonly parts: readonly PluginPart[]
  /** How long its gate may take. */
  readonly budgetMs: number
  readonly typed: TypedSpec
}

/** What is done to one field of a head. */
export interface HeaderEditSpec {
  /** Lower case; once in a list of edits. */
  readonly name: string
  /** Whether what came under this name is left out. */
  readonly replaces: boolean
  /** A field is added for each, but for those that refer to something that is not there. */
  readonly values: readonly TextTemplate[]
}

/** Which members the JSON of good answers has. */
export interface FieldsSpec {
  /** In this order; at least one. */
  readonly edits: readonly JsonEditSpec[]
  /** What becomes of good answers that are not JSON: 502, or as they are. */
  readonly otherContent: 'refuse' | 'pass'
}

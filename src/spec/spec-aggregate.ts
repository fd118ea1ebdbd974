import type { Json } from '../base/json.ts'
import type { RetrySpec } from './spec-resilience.ts'
import type { TypedSpec } from './spec-typed.ts'

/** One answer made of several (DESIGN §5 `aggregate`); part of the Spec (spec.ts), plain data like all of it. */
export interface AggregateSpec {
  readonly kind: 'aggregate'
  /** What has not arrived by then is given up. */
  readonly deadlineMs: number
  /** In the order of writing, which is that of the answer. No branch refers to itself, however indirectly. */
  readonly branches: readonly BranchSpec[]
  readonly shape: ShapeSpec
  /** Whether the body says how each branch fared, as its member `_meta`. Objects only. */
  readonly meta: boolean
  /** When no branch has data or a fallback: an error, or an answer without any. */
  readonly whenEmpty: 'error' | 'answer'
  /** Of the bodies of all branches together. */
  readonly maxBytes: number
  /** Request headers that go to every branch besides trace, request id and Accept-Language; lower case. */
  readonly passHeaders: readonly string[]
  /** Of the answer; names in lower case. */
  readonly headers: readonly (readonly [string, string])[]
  /** Answers' headers that are passed on to the client: from which branch, which name (lower case). */
  readonly takeHeaders: readonly { readonly branch: string; readonly name: string }[]
  /** The code that belongs to it; only where it was written in TypeScript, with `aggregate()`. */
  readonly typed: TypedSpec | undefined
}

/** How the branches' data become one body. */
export type ShapeSpec =
  /** A member per branch. */
  | { readonly kind: 'object' }
  /** The members of all branches' objects in one. `conflicts`: an error, or who wins. */
  | { readonly kind: 'merge'; readonly conflicts: 'error' | 'first' | 'last' }
  /** The items of all branches' lists in one list. */
  | { readonly kind: 'flatten' }
  /** The data of the branches as a list, in order; null where something is missing. */
  | { readonly kind: 'list' }
  /** The first branch's list, to each item of which the item of the other lists with the same key is added. */
  | { readonly kind: 'zip'; readonly list: string; readonly key: string; readonly joins: readonly JoinSpec[] }

export interface JoinSpec {
  readonly branch: string
  /** Member of its items that equals the list's key. */
  readonly key: string
  /** Member under which the item found is put. */
  readonly as: string
}

export interface BranchSpec {
  readonly name: string
  readonly service: string
  /** Upper case. */
  readonly method: string
  /** Path and query; what is put in is percent-encoded. */
  readonly path: TextTemplate
  /** Added to the query of `path`; what is missing leaves the parameter out. */
  readonly query: readonly (readonly [name: string, value: TextTemplate])[]
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: TextTemplate])[]
  /** Sent as JSON; undefined: no body. */
  readonly body: JsonTemplate | undefined
  readonly required: boolean
  /** 0: the deadline of the whole. */
  readonly timeoutMs: number
  /** In place of the service's own; `none`: no retries. */
  readonly retry: RetrySpec | 'none' | undefined
  readonly fallback: BranchFallbackSpec | undefined
  /** All must hold, or the branch is left out. */
  readonly when: readonly ConditionSpec[]
  /** Inclusive ranges of statuses that count as an answer. */
  readonly expect: readonly (readonly [number, number])[]
  /** Of its body, unpacked. */
  readonly maxBytes: number
  /** Done to its data, in this order. */
  readonly edits: readonly JsonEditSpec[]
}

export type BranchFallbackSpec =
  | { readonly kind: 'value'; readonly value: Json }
  /** The data of another branch. */
  | { readonly kind: 'branch'; readonly branch: string }

/** Paths of members: `a.b`; every one of them reaches into lists on its way. */
export type JsonEditSpec =
  /** The data becomes that of one member. */
  | { readonly kind: 'unwrap'; readonly path: string }
  | { readonly kind: 'pick' | 'omit'; readonly paths: readonly string[] }
  /** Members of objects, by old name. */
  | { readonly kind: 'rename'; readonly names: readonly (readonly [from: string, to: string])[] }
  /** The data becomes one member of an object. */
  | { readonly kind: 'wrap'; readonly name: string }

/** Something a request, or an earlier branch, has. */
export interface RefSpec {
  readonly source: 'params' | 'query' | 'headers' | 'claims' | 'body' | 'branches' | 'consumer' | 'subject'
  /** `branches.user.id`: ['user', 'id']; empty for consumer and subject. */
  readonly path: readonly string[]
}

/** Literal text and what is put between. */
export type TextTemplate = readonly (string | RefSpec)[]

/**
 * JSON with places to fill. A text that is nothing but one reference becomes the value itself, whatever its type; other
 * texts are put together.
 */
export type JsonTemplate =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'ref'; readonly ref: RefSpec }
  | { readonly kind: 'text'; readonly parts: TextTemplate }
  | { readonly kind: 'list'; readonly items: readonly JsonTemplate[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, JsonTemplate])[] }

export interface ConditionSpec {
  readonly ref: RefSpec
  /** One of these; empty: it must only be there. */
  readonly values: readonly (string | number | boolean)[]
  /** The condition holds when what was said above does not. */
  readonly not: boolean
}

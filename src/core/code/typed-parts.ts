import type { TypedSpec } from '../../spec/spec-typed.ts'
import type { Maybe } from '../maybe.ts'

/**
 * What of an aggregate, a handler or a plugin only code can say (`aggregate()`, `handler()` and `definePlugin()`). Lives in
 * the module it was written in and never crosses threads: every worker evaluates the module by itself.
 */
export interface TypedParts {
  /** In the order of writing. */
  readonly branches: readonly string[]
  /** By branch; of one that has none nothing is known. */
  readonly schemas: ReadonlyMap<string, Validate>
  /** Null: the declared shape makes the answer. A handler has this alone, and no branches. */
  readonly reply: ((branches: object, request: object) => unknown) | null
  /** A plugin has this alone, and neither of the others. */
  readonly plugin?: PluginCode | undefined
}

/** The parts of a plugin: code of strangers, which may throw or give anything. Null: it has no such part. */
export interface PluginCode {
  readonly gate: ((request: object) => unknown) | null
  readonly shape: ((request: object, response: object) => unknown) | null
  readonly tap: ((request: object, summary: object) => unknown) | null
}

/** As the Standard Schema specification has it; code of strangers, which may throw or give something else. */
export type Validate = (value: unknown) => Maybe<Validated>

export type Validated =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly { readonly path?: readonly unknown[] | undefined }[] }

/** Of modules that were loaded before; throws one sentence where a module has no such aggregate. */
export type TypedPartsOf = (typed: TypedSpec) => TypedParts

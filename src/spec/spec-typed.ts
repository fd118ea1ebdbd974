import type { Path } from './problem.ts'

/** Where the code of an aggregate is: what stands at `at` in the default export of the module. */
export interface TypedSpec {
  readonly module: TypedModuleSpec
  readonly at: Path
  /** The branches of an aggregate that have schemas, for whoever explains it; of handlers and plugins none. */
  readonly schemas?: readonly string[]
}

/** Code somewhere in a module. */
export type TypedPlace = Omit<TypedSpec, 'module'>

/**
 * A configuration module with what it imports, as they were when they were checked: a worker that is started later must
 * not evaluate what is being edited by then. Types are taken out already: in a thread that takes them out by itself,
 * that costs 5 MB (docs/decisions/0011).
 *
 * Packages of `node_modules` are not among them: they are loaded as Node loads them, once.
 */
export interface TypedModuleSpec {
  /** As messages call it. */
  readonly name: string
  /** Of the module itself. */
  readonly url: string
  /** Hash over all sources: 32 hex digits. */
  readonly version: string
  readonly sources: readonly TypedSource[]
}

export interface TypedSource {
  readonly url: string
  readonly format: 'module' | 'json'
  readonly text: string
  /** What it imports of the other sources: as written, and which. */
  readonly imports: readonly (readonly [specifier: string, url: string])[]
}

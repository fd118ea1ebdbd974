import type { TypedParts } from './typed-parts.ts'

/**
 * Under it `aggregate()`, `handler()` and `definePlugin()` leave what is not data. Objects that are spread keep it; what
 * crosses threads loses it. Known by name, so that two copies of this package do not hide it from each other.
 */
export const TYPED: unique symbol = Symbol.for('sallyport.typed')

/** Null: the value was made by none of them. */
export const typedPartsIn = (value: unknown): TypedParts | null =>
  typeof value === 'object' && value !== null && isTyped(value) ? value[TYPED] : null

const isTyped = (value: object): value is { readonly [TYPED]: TypedParts } => Object.hasOwn(value, TYPED)

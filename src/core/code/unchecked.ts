/**
 * JSON as code gets it. Integers beyond 2^53 are bigints, since as numbers they would be others; members called
 * `__proto__` are left out.
 */
export type Unchecked =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Unchecked[]
  | { readonly [name: string]: Unchecked }

import { typedPartsIn } from '../core/code/hidden.ts'
import type { Path } from '../spec/problem.ts'
import type { TypedPlace } from '../spec/spec-typed.ts'

/** Wherever `aggregate()` was called for. `around`: what the value stands in, which may be itself. */
export function* placesOfTyped(value: unknown, path: Path, around: readonly object[]): Generator<TypedPlace> {
  if (typeof value !== 'object' || value === null || around.includes(value)) return
  const parts = typedPartsIn(value)
  if (parts !== null) yield { at: path, schemas: [...parts.schemas.keys()] }
  for (const [key, item] of membersOf(value)) yield* placesOfTyped(item, [...path, key], [...around, value])
}

export const membersOf = (value: object): Iterable<[string | number, unknown]> =>
  Array.isArray(value) ? value.entries() : Object.entries(value)

import type { Json } from '../base/json.ts'
import type { ConditionSpec } from '../spec/spec-aggregate.ts'
import type { Inputs, Resolve } from './references.ts'

export type Holds = (from: Inputs) => boolean

/** All of them; null: there are none. */
export const compileConditions = (specs: readonly ConditionSpec[], resolve: Resolve): Holds | null => {
  const conditions = specs.map(spec => compileCondition(spec, resolve))
  return conditions.length === 0 ? null : from => conditions.every(holds => holds(from))
}

/** Of a list, one item is enough. */
const compileCondition = ({ ref, values, not }: ConditionSpec, resolve: Resolve): Holds => {
  const { read } = resolve(ref)
  // What comes as text all the same is compared as text; elsewhere the number 42 is not the text "42".
  const isText = ref.source !== 'claims' && ref.source !== 'body' && ref.source !== 'branches'
  const accepted: ReadonlySet<unknown> = new Set(isText ? values.map(String) : values)
  const fits = (value: Json | undefined): boolean => {
    if (values.length === 0) return value !== undefined
    return Array.isArray(value) ? value.some(item => accepted.has(item)) : accepted.has(value)
  }
  return from => fits(read(from)) !== not
}

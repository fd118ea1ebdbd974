import { compileRegex, type Regex } from '../base/regex.ts'
import type { FieldMatchSpec } from './spec.ts'

/** Whether a value is what a route asks for; undefined: there is none. */
export type ValueTest = (got: string | undefined) => boolean

export const valueTest = (field: FieldMatchSpec): ValueTest => {
  if ('value' in field) return got => got === field.value
  const regex = regexOf(field)
  return got => got !== undefined && regex.test(got)
}

/** What it expects, for messages. */
export const describeField = (field: FieldMatchSpec): string =>
  'value' in field ? `"${field.value}"` : `a value like ${field.regex}`

/** Whether one value may be what both ask for, as far as is known: a name has one value in a request. */
export const mayAgree = (a: FieldMatchSpec, b: FieldMatchSpec): boolean => {
  if (a.name !== b.name) return true
  if ('value' in a) return valueTest(b)(a.value)
  if ('value' in b) return valueTest(a)(b.value)
  return prefixesMeet(regexOf(a).prefix, regexOf(b).prefix)
}

/** Whether `a` is known to take every value that `b` does. */
export const takesAllOf = (a: FieldMatchSpec, b: FieldMatchSpec): boolean => {
  if (a.name !== b.name) return false
  if ('value' in b) return valueTest(a)(b.value)
  return 'regex' in a && a.regex === b.regex
}

/** Whether a text may begin with both. */
export const prefixesMeet = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a)

type RegexField = Extract<FieldMatchSpec, { readonly regex: string }>

const compiled = new WeakMap<RegexField, Regex>()

/** Compiled once for all that ask, and kept as long as the route is. Throws for one that was not checked. */
const regexOf = (field: RegexField): Regex => {
  const known = compiled.get(field)
  if (known !== undefined) return known
  const made = compileRegex(field.regex)
  compiled.set(field, made)
  return made
}

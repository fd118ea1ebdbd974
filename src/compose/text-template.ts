import type { Json } from '../base/json.ts'
import type { TextTemplate } from '../spec/spec-aggregate.ts'
import { digitsOf } from './json/wide.ts'
import { type Inputs, type Reference, type Resolve, unfit } from './references.ts'

/** Makes a text; throws a Fault where a value is missing or is no text. */
export type MakeText = (from: Inputs) => string

/** What is done to a value before it is put in; may throw `unfit`. `of`: where it comes from. */
export type Encode = (value: string, of: Reference) => string

export const asIs: Encode = value => value

/** `literal`: what is done to the text between, at load. */
export const compileText = (
  template: TextTemplate,
  resolve: Resolve,
  encode: Encode,
  literal: (text: string) => string = text => text,
): MakeText => {
  const parts = template.map(part => (typeof part === 'string' ? literal(part) : resolve(part)))
  if (parts.every(part => typeof part === 'string')) {
    const text = parts.join('')
    return () => text
  }
  return from => {
    let out = ''
    for (const part of parts) {
      out += typeof part === 'string' ? part : encode(textOf(part.read(from), part), part)
    }
    return out
  }
}

/** Whether everything that the template refers to is there: `null` is nothing to put into a text. */
export const compilePresence = (template: TextTemplate, resolve: Resolve): ((from: Inputs) => boolean) => {
  const references = template.flatMap(part => (typeof part === 'string' ? [] : [resolve(part)]))
  return from => references.every(each => (each.read(from) ?? null) !== null)
}

/** Numbers and booleans as JSON writes them; nothing else has one form as text. */
const textOf = (value: Json | undefined, reference: Reference): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(exact(value, reference))
  if (typeof value === 'boolean') return String(value)
  if (value === undefined) throw unfit(reference, 'has no value')
  const digits = digitsOf(value)
  if (digits !== undefined) return digits
  throw unfit(reference, 'is neither text nor number')
}

/** A larger whole number, as a claim may be one, was rounded when it was read: it may be somebody else's. */
export const exact = <T extends Json>(value: T, reference: Reference): T => {
  if (isExact(value, reference.mayBeRounded)) return value
  throw unfit(reference, `${typeof value === 'number' ? 'is' : 'holds'} too large a number to be passed on exactly`)
}

/** `within`: numbers in lists and objects, too. */
const isExact = (value: Json, within: boolean): boolean => {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))
  if (!within || typeof value !== 'object' || value === null) return true
  return Object.values(value).every(member => isExact(member, true))
}

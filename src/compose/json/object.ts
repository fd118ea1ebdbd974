import type { Json } from '../../base/json.ts'

export type JsonObject = { readonly [name: string]: Json }
/** One that is being made. */
export type NewObject = { [name: string]: Json }
export type JsonList = readonly Json[]

export const isList = (value: Json): value is JsonList => Array.isArray(value)

/** Numbers that were kept as written (wide.ts) are objects to JavaScript and none to anybody else. */
export const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)

/** Sets a member of a stranger's name: assigned, `__proto__` would change what the object is. */
export const put = (object: NewObject, name: string, value: Json): void => {
  if (name !== '__proto__') object[name] = value
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
}

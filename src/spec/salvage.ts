import { z } from 'zod'
import type { Path } from './problem.ts'

/** The same with holes where something was wrong. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? (Draft<Item> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Draft<T[K]> | undefined }
    : T

/** Parses whatever can be parsed of a value that the schema as a whole refuses, so that later checks see the rest. */
export const salvage = <S extends z.ZodType>(schema: S, value: unknown): Draft<z.output<S>> | undefined =>
  salvageAny(schema, value) as Draft<z.output<S>> | undefined

const salvageAny = (schema: z.core.$ZodType, value: unknown): unknown => {
  const whole = z.safeParse(schema, value)
  if (whole.success) return whole.data
  const inner = unwrap(schema)
  if (inner instanceof z.ZodUnion) return inner.options.map(option => salvageAny(option, value)).find(isDefined)
  if (inner instanceof z.ZodArray) {
    return Array.isArray(value) ? value.map(item => salvageAny(inner.element, item)) : undefined
  }
  if (!isMap(value)) return undefined
  if (inner instanceof z.ZodRecord) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, salvageAny(inner.valueType, item)]))
  }
  if (!(inner instanceof z.ZodObject)) return undefined
  return Object.fromEntries(
    Object.entries(inner.shape).map(([key, member]) => [key, salvageAny(member as z.core.$ZodType, value[key])]),
  )
}

/** What is inside optional, default, lazy and transformed schemas. */
const unwrap = (schema: z.core.$ZodType): z.core.$ZodType => {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap())
  }
  if (schema instanceof z.ZodLazy) return unwrap(schema.unwrap())
  if (schema instanceof z.ZodPipe) return unwrap(schema.in)
  return schema
}

/** The keys that the schema knows at a path of the document; empty where any key is fine. */
export const knownKeys = (schema: z.core.$ZodType, path: Path): string[] => {
  const found = path.reduce<z.core.$ZodType[]>(
    (schemas, key) => schemas.flatMap(schema => children(schema, key)),
    [schema],
  )
  const maps = found.flatMap(alternatives).filter(inner => inner instanceof z.ZodObject)
  return [...new Set(maps.flatMap(map => Object.keys(map.shape)))]
}

const alternatives = (schema: z.core.$ZodType): z.core.$ZodType[] => {
  const inner = unwrap(schema)
  return inner instanceof z.ZodUnion ? inner.options.flatMap(alternatives) : [inner]
}

const children = (schema: z.core.$ZodType, key: string | number): z.core.$ZodType[] =>
  alternatives(schema).flatMap((inner): z.core.$ZodType[] => {
    if (inner instanceof z.ZodObject)
      return Object.hasOwn(inner.shape, key) ? [inner.shape[key] as z.core.$ZodType] : []
    if (inner instanceof z.ZodArray) return [inner.element]
    return inner instanceof z.ZodRecord ? [inner.valueType] : []
  })

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isDefined = (value: unknown): boolean => value !== undefined

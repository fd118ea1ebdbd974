/** A schema, or a part of one. */
export type Json = Readonly<Record<string, unknown>>

/**
 * What `config/` fills in before the schema is asked. A reference may stand in any text, and text that is one alone may
 * become a number, a boolean or a word of a closed set (`coerce.ts`).
 */
const REFERENCE = '\\$\\{(?:env|file):[^}]*\\}'

const OUTSIDE: Json = {
  title: 'from outside',
  description: '${env:NAME}, ${env:NAME:-default} or ${file:path}.',
  type: 'string',
  pattern: REFERENCE,
}

/** The same schema, which also takes `${env:…}` and `${file:…}` wherever they are filled in. */
export const acceptReferences = (root: Json): Json => {
  const { $defs, ...rest } = root
  const { json: _, ...named } = isMap($defs) ? $defs : {}
  // Written out, "anything" is a circle of seven kinds of value, which no editor shows well.
  return { ...widen(rest), $defs: { ...mapValues(named, widen), json: { title: 'any JSON' }, outside: OUTSIDE } }
}

const widen = (schema: Json): Json => {
  const { anyOf, ...rest } = schema
  return Array.isArray(anyOf) ? { ...rest, ...union(anyOf.filter(isMap)) } : widenOne(schema)
}

const widenOne = (schema: Json): Json => {
  if (isClosed(schema)) return closed(schema)
  switch (schema['type']) {
    case 'string':
      return widenText(schema)
    case 'integer':
    case 'number':
    case 'boolean':
      return { ...schema, type: [schema['type'], 'string'], pattern: REFERENCE }
    default:
      return widenWithin(schema)
  }
}

const widenWithin = (schema: Json): Json => {
  const { properties, additionalProperties, items, ...rest } = schema
  return {
    ...rest,
    ...(isMap(properties) ? { properties: mapValues(properties, widen) } : {}),
    ...(isMap(items) ? { items: widen(items) } : {}),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: isMap(additionalProperties) ? widen(additionalProperties) : additionalProperties }),
  }
}

/** A bound on length would count the characters of the reference, not of what it stands for. */
const widenText = ({ pattern, minLength, maxLength, ...rest }: Json): Json => {
  if (typeof pattern === 'string') return { ...rest, pattern: `${pattern}|${REFERENCE}` }
  if (typeof maxLength !== 'number') return { ...rest, ...(minLength === undefined ? {} : { minLength }) }
  return { ...rest, pattern: `^[^]{${Number(minLength ?? 0)},${maxLength}}$|${REFERENCE}` }
}

/** What is told about a value stays with the whole, so that editors show it whichever of both is written. */
const closed = ({ type, enum: words, const: only, ...rest }: Json): Json => ({
  ...rest,
  anyOf: [{ type, enum: Array.isArray(words) ? words : [only] }, { $ref: '#/$defs/outside' }],
})

/** Words of the same kind become one list, from which editors offer. */
const union = (given: readonly Json[]): Json => {
  const branches = given.flatMap(spread)
  const words = Map.groupBy(branches.filter(isClosed), ({ type }) => type)
  const others = branches.filter(branch => !isClosed(branch))
  const sets = [...words].map(([type, sets]) => ({
    type,
    enum: sets.flatMap(({ enum: many, const: only }) => (Array.isArray(many) ? many : [only])),
  }))
  const takesText = others.some(({ type }) => type === 'string')
  const scalar = sets.length > 0 || others.some(({ type }) => SCALARS.has(type))
  const wide = others.map(branch => (SCALARS.has(branch['type']) ? branch : widen(branch)))
  return { anyOf: [...sets, ...wide, ...(scalar && !takesText ? [{ $ref: '#/$defs/outside' }] : [])] }
}

const SCALARS = new Set<unknown>(['integer', 'number', 'boolean'])

/** A union within a union, where nothing is told about it. */
const spread = (schema: Json): Json[] => {
  const { anyOf, ...rest } = schema
  return Array.isArray(anyOf) && Object.keys(rest).length === 0 ? anyOf.filter(isMap).flatMap(spread) : [schema]
}

const isClosed = (schema: Json): boolean => schema['enum'] !== undefined || schema['const'] !== undefined

const mapValues = (map: Json, change: (schema: Json) => Json): Json =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, isMap(value) ? change(value) : value]))

export const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { jsonSchema, jsonSchemaOf } from './json-schema.ts'
import { isMap } from './json-schema-references.ts'
import { configSchema } from './schema.ts'
import { EDGES } from './testing/documents.ts'
import { editorErrors, newAjv } from './testing/editor.ts'

type Json = Record<string, unknown>

const DRAFT = 'https://json-schema.org/draft/2020-12/schema'
const root = jsonSchema()
const defs = root['$defs']

/** Every schema within, with what leads to it. Values such as defaults are no schemas. */
const schemasIn = (value: unknown, path: string): [string, Json][] => {
  if (Array.isArray(value)) return value.flatMap(item => schemasIn(item, path))
  if (!isMap(value)) return []
  const maps = ['properties', '$defs'].flatMap(name => {
    const map = value[name]
    return isMap(map) ? Object.entries(map).flatMap(([key, item]) => schemasIn(item, `${path}.${key}`)) : []
  })
  const values = [value['additionalProperties'], value['items'], value['anyOf']]
  return [[path, value], ...maps, ...values.flatMap((item, i) => schemasIn(item, i === 0 ? `${path}.NAME` : path))]
}

const all = schemasIn(root, '')

/** With what a reference leads to. */
const whole = (schema: Json): Json => {
  const name = /^#\/\$defs\/(\w+)$/.exec(String(schema['$ref']))?.[1]
  const target = name !== undefined && isMap(defs) ? defs[name] : undefined
  return isMap(target) ? { ...target, ...schema } : schema
}

const isDescribed = (schema: Json): boolean => typeof whole(schema)['description'] === 'string'

test('every key of the language is described', () => {
  const keys = all.flatMap(([path, { properties }]): [string, Json][] =>
    isMap(properties)
      ? Object.entries(properties).map(([key, item]) => [`${path}.${key}`, isMap(item) ? item : {}])
      : [],
  )
  assert.ok(keys.length > 200, `${keys.length} keys`)
  assert.deepEqual(
    keys.filter(([, schema]) => !isDescribed(schema)).map(([path]) => path),
    [],
  )
})

test('what stands under a name of the user’s is described where it has keys of its own', () => {
  const hasKeys = (schema: Json): boolean => {
    const { properties, anyOf } = whole(schema)
    return isMap(properties) || (Array.isArray(anyOf) && anyOf.some(branch => isMap(branch) && hasKeys(branch)))
  }
  const named = all.flatMap(([path, { additionalProperties: inner }]) =>
    isMap(inner) && hasKeys(inner) ? [[path, inner] as const] : [],
  )
  const undescribed = ([, inner]: readonly [string, Json]): boolean => {
    const { anyOf } = inner
    const told =
      Array.isArray(anyOf) && anyOf.some(branch => isMap(branch) && branch['type'] === 'object' && isDescribed(branch))
    return !isDescribed(inner) && !told
  }
  assert.ok(named.length > 5)
  assert.deepEqual(
    named.filter(undescribed).map(([path]) => path),
    [],
  )
})

test('text with a unit or a form of its own says what is expected, and shows it', () => {
  const bare = all.filter(
    ([, { type, pattern, patternErrorMessage, enum: words, title }]) =>
      type === 'string' &&
      pattern !== undefined &&
      words === undefined &&
      patternErrorMessage === undefined &&
      title !== 'from outside',
  )
  // `health.body` is bounded in length alone.
  assert.deepEqual(
    bare.map(([path]) => path),
    ['.services.NAME.health.body'],
  )
  const units = all.filter(([, { title }]) => /^(duration|size|rate|percentage)/.test(String(title)))
  assert.ok(units.length > 40)
  for (const [path, { examples }] of units) assert.ok(Array.isArray(examples) && examples.length > 0, path)
})

test('what is shown as an example or a default is right', () => {
  const shown = new Map(
    all.flatMap(([path, { examples, default: fallback, ...rest }]) => {
      const values = [...(Array.isArray(examples) ? examples : []), ...(fallback === undefined ? [] : [fallback])]
      return values.length === 0 ? [] : [[JSON.stringify([rest, values]), { path, rest, values }] as const]
    }),
  )
  assert.ok(shown.size > 100, `${shown.size} schemas`)
  for (const { path, rest, values } of shown.values()) {
    const accepts = newAjv().compile({ $schema: DRAFT, $defs: defs, ...rest })
    for (const value of values) assert.ok(accepts(value), `${path}: ${JSON.stringify(value)}`)
  }
})

test('defaults are shown as a user would write them', () => {
  const text = JSON.stringify(root)
  assert.ok(text.includes('"default":"16KiB"'))
  assert.ok(text.includes('"default":"75s"'))
})

test('words of a closed set are in one list, from which editors offer', () => {
  const status = all.find(([path]) => path.endsWith('.redirect.status'))?.[1]['anyOf']
  assert.deepEqual(status, [{ type: 'number', enum: [301, 302, 303, 307, 308] }, { $ref: '#/$defs/outside' }])
})

const minimal = (given: Json): Json => ({ services: { a: 'http://a' }, ...given })

const refused: readonly [what: string, document: unknown][] = [
  ['no map', []],
  ['an unknown key', { service: {} }],
  ['an unknown key of a service', minimal({ services: { a: { url: 'http://a', timeouts: {} } } })],
  ['an unknown key of a route in a group', minimal({ routes: [{ prefix: '/', routes: [{ path: '/', too: 'a' }] }] })],
  ['a service without a name that can be one', { services: { 'a b': 'http://a' } }],
  ['a duration without a unit', minimal({ drain: '5' })],
  ['a duration that is a number', minimal({ drain: 5 })],
  ['a size in a unit that is none', minimal({ listeners: { web: { address: ':80', limits: { head: '5kb' } } } })],
  ['a rate without a time', minimal({ routes: [{ path: '/', to: 'a', rateLimit: { by: 'ip', limit: '5' } }] })],
  ['a percentage without its sign', minimal({ services: { a: { url: 'http://a', panic: '5' } } })],
  ['a word that is not in the set', minimal({ slashes: 'merged' })],
  ['a number that is too large', minimal({ workers: 5000 })],
  ['a number in quotes', minimal({ workers: '5' })],
  ['true in quotes', minimal({ routes: [{ prefix: '/', to: 'a', stripPrefix: 'true' }] })],
  ['a key that is missing', minimal({ listeners: { web: { limits: {} } } })],
  ['an empty list', minimal({ services: { a: { endpoints: [] } } })],
  ['a list in place of a text', minimal({ via: ['a'] })],
  ['a header value that is a number', minimal({ routes: [{ path: '/', respond: { headers: { a: 1 } } }] })],
  ['a key for limits that is none', minimal({ routes: [{ path: '/', rateLimit: { by: 'user', limit: '5/s' } }] })],
  ['a reference that is none', minimal({ workers: '${ENV:WORKERS}' })],
]

for (const [what, given] of refused) {
  test(`underlined in editors: ${what}`, () => {
    assert.notDeepEqual(editorErrors(given), [])
    assert.equal(configSchema.safeParse(given).success, false, 'check takes it')
  })
}

/** Every part of the schema that stands for something a user writes; what a transform makes of it is not. */
const partsOf = (schema: z.core.$ZodType, seen = new Set<z.core.$ZodType>()): Set<z.core.$ZodType> => {
  if (seen.has(schema)) return seen
  seen.add(schema)
  for (const part of inside(schema)) partsOf(part, seen)
  return seen
}

const inside = (schema: z.core.$ZodType): z.core.$ZodType[] => {
  if (schema instanceof z.ZodLazy) return [schema.unwrap()]
  if (schema instanceof z.ZodPipe) return [schema.in]
  if (schema instanceof z.ZodObject) return Object.values(schema.shape)
  if (schema instanceof z.ZodUnion) return [...schema.options]
  if (schema instanceof z.ZodRecord) return [schema.valueType]
  if (schema instanceof z.ZodArray) return [schema.element]
  const wrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
  return wrapped ? [schema.unwrap()] : []
}

test('no part of the schema is stricter in editors: forms at the edges', () => {
  let taken = 0
  for (const part of partsOf(configSchema)) {
    if (!(part instanceof z.ZodType)) continue
    const accepts = newAjv().compile(jsonSchemaOf(part))
    for (const edge of EDGES) {
      if (!part.safeParse(edge).success) continue
      taken++
      assert.ok(accepts(edge), `${JSON.stringify(edge)} by ${JSON.stringify(jsonSchemaOf(part)).slice(0, 300)}`)
    }
  }
  assert.ok(taken > 1000, `only ${taken} were taken`)
})

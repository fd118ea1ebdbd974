import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonSchema } from './json-schema.ts'

type Json = Record<string, unknown>

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every key that a user may write, with its schema. */
const properties = (value: unknown, path: string): [string, Json][] => {
  if (Array.isArray(value)) return value.flatMap(item => properties(item, path))
  if (!isMap(value)) return []
  const own = isMap(value['properties']) ? Object.entries(value['properties']) : []
  const below = Object.entries(value).flatMap(([key, item]) =>
    key === 'properties' || key === 'default' ? [] : properties(item, path),
  )
  return [
    ...below,
    ...own.flatMap(([key, item]): [string, Json][] =>
      isMap(item) ? [[`${path}.${key}`, item], ...properties(item, `${path}.${key}`)] : [],
    ),
  ]
}

test('every key of the language is described', () => {
  const all = properties(jsonSchema(), '')
  const undescribed = all.filter(([, schema]) => typeof schema['description'] !== 'string').map(([path]) => path)
  assert.deepEqual(undescribed, [])
  assert.ok(all.length > 100, `${all.length} keys`)
})

test('defaults are shown as a user would write them', () => {
  const text = JSON.stringify(jsonSchema())
  assert.ok(text.includes('"default":"16KiB"'))
  assert.ok(text.includes('"default":"75s"'))
})

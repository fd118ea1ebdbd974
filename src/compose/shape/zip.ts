import type { Json } from '../../base/json.ts'
import type { JoinSpec, ShapeSpec } from '../../spec/spec-aggregate.ts'
import type { BranchResult } from '../branch.ts'
import { isList, isObject, type JsonList, type NewObject, put } from '../json/object.ts'
import { digitsOf } from '../json/wide.ts'
import type { Shape } from './shaped.ts'

type ZipSpec = Extract<ShapeSpec, { readonly kind: 'zip' }>

/** A join of one request: its list by key. */
interface Joined {
  readonly as: string
  readonly items: ReadonlyMap<string, Json>
}

/**
 * The list of one branch, in its order; into each item is put what the other lists have for its key, null where they
 * have nothing. Of several with one key the first counts. What the item had under that name gives way: the
 * configuration says whose name it is. A list that was left out puts nothing; without the first list there is null.
 */
export const shapeZip = (names: readonly string[], { list, key, joins }: ZipSpec): Shape => {
  const main = names.indexOf(list)
  const sources = joins.map(join => ({ join, index: names.indexOf(join.branch) }))
  return results => {
    const items = listOf(results[main])
    if (items === null) return { body: NULL }
    const joined: Joined[] = []
    for (const { join, index } of sources) {
      const result = results[index]
      if (result !== undefined && result.kind !== 'left out') joined.push(joinOf(join, listOf(result)))
    }
    return { body: Buffer.from(JSON.stringify(items.map(item => itemWith(item, key, joined)))) }
  }
}

const NULL = Buffer.from('null')

const listOf = (result: BranchResult | undefined): JsonList | null => {
  if (result?.kind !== 'ok') return null
  const data = result.json()
  return isList(data) ? data : null
}

const joinOf = ({ key, as }: JoinSpec, list: JsonList | null): Joined => {
  const items = new Map<string, Json>()
  for (const item of list ?? []) {
    const found = keyOf(item, key)
    if (found !== undefined && !items.has(found)) items.set(found, item)
  }
  return { as, items }
}

const itemWith = (item: Json, key: string, joined: readonly Joined[]): Json => {
  if (!isObject(item)) return item
  const found = keyOf(item, key)
  const object: NewObject = { ...item }
  for (const { as, items } of joined) put(object, as, (found === undefined ? undefined : items.get(found)) ?? null)
  return object
}

/** Type and value as one text. Null is no key: what belongs to nothing does not belong together. */
const keyOf = (item: Json, key: string): string | undefined => {
  if (!isObject(item) || !Object.hasOwn(item, key)) return undefined
  const value = item[key]!
  if (typeof value === 'string') return `text ${value}`
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`
  return digitsOf(value)
}

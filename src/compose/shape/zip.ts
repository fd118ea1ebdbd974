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
  /** Of the whole list, where that is known; no partner is larger. */
  readonly bytes: number
}

/**
 * The list of one branch, in its order; into each item is put what the other lists have for its key, null where they
 * have nothing. Of several with one key the first counts. What the item had under that name gives way: the
 * configuration says whose name it is. A list that was left out puts nothing; without the first list there is null.
 *
 * `maxBytes`: of all that is put in. One partner may be that of every item: a list of 1 MB and a partner of 1 MB would
 * make an answer that no memory holds.
 */
export const shapeZip = (names: readonly string[], { list, key, joins }: ZipSpec, maxBytes: number): Shape => {
  const main = names.indexOf(list)
  const sources = joins.map(join => ({ join, index: names.indexOf(join.branch) }))
  return results => {
    const items = listOf(results[main])
    if (items === null) return { body: NULL }
    const joined: Joined[] = []
    for (const { join, index } of sources) {
      const result = results[index]
      if (result !== undefined && result.kind !== 'left out') joined.push(joinOf(join, result))
    }
    if (isMore(items, key, joined, maxBytes))
      return { conflict: `what is put into the list of "${list}" is larger than "maxBytes"` }
    return { body: Buffer.from(JSON.stringify(items.map(item => itemWith(item, key, joined)))) }
  }
}

const NULL = Buffer.from('null')

const listOf = (result: BranchResult | undefined): JsonList | null => {
  if (result?.kind !== 'ok') return null
  const data = result.json()
  return isList(data) ? data : null
}

const joinOf = ({ key, as }: JoinSpec, result: BranchResult): Joined => {
  const items = new Map<string, Json>()
  for (const item of listOf(result) ?? []) {
    const found = keyOf(item, key)
    if (found !== undefined && !items.has(found)) items.set(found, item)
  }
  const text = result.kind === 'ok' ? result.text : NULL
  return { as, items, bytes: text?.length ?? Number.POSITIVE_INFINITY }
}

/** Nearly always the lists are too small for it, whoever belongs to whom; else each partner is written once to see. */
const isMore = (items: JsonList, key: string, joined: readonly Joined[], maxBytes: number): boolean => {
  if (items.length * joined.reduce((sum, { bytes }) => sum + bytes, 0) <= maxBytes) return false
  let left = maxBytes
  const known = new Map<Json, number>()
  for (const item of items) {
    const found = keyOf(item, key)
    if (found === undefined) continue
    for (const { items: partners } of joined) {
      const partner = partners.get(found)
      if (partner === undefined) continue
      const bytes = known.get(partner) ?? Buffer.byteLength(JSON.stringify(partner))
      known.set(partner, bytes)
      left -= bytes
    }
    if (left < 0) return true
  }
  return false
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

import type { Json } from '../../base/json.ts'
import { isList, isObject, type JsonObject, type NewObject, put } from './object.ts'
import type { PathTree } from './path-tree.ts'

/**
 * Members under their new names, in their old places. All at once: two may change names with each other. A member that
 * had the new name before gives way.
 */
export const rename = (data: Json, tree: PathTree<string>): Json => {
  if (isList(data)) return data.map(item => rename(item, tree))
  if (!isObject(data)) return data
  const gone = namesTaken(data, tree)
  const object: NewObject = {}
  for (const name of Object.keys(data)) {
    const wanted = tree.members.get(name)
    const to = wanted?.value ?? name
    if (to === name && gone !== null && gone.has(name)) continue
    put(object, to, wanted === undefined ? data[name]! : rename(data[name]!, wanted))
  }
  return object
}

/** New names that members of this object already have; null: none. */
const namesTaken = (data: JsonObject, tree: PathTree<string>): ReadonlySet<string> | null => {
  let taken: Set<string> | null = null
  for (const [name, { value }] of tree.members) {
    if (value === undefined || value === name || !Object.hasOwn(data, name) || !Object.hasOwn(data, value)) continue
    taken ??= new Set()
    taken.add(value)
  }
  return taken
}

import type { Json } from '../../base/json.ts'
import { isList, isObject, type NewObject, put } from './object.ts'
import type { PathTree } from './path-tree.ts'

/** All but what the paths lead to. */
export const omit = (data: Json, tree: PathTree<unknown>): Json => {
  if (isList(data)) return data.map(item => omit(item, tree))
  if (!isObject(data)) return data
  const object: NewObject = {}
  for (const name of Object.keys(data)) {
    const wanted = tree.members.get(name)
    const member = data[name]!
    if (wanted === undefined) put(object, name, member)
    else if (wanted.value === undefined) put(object, name, omit(member, wanted))
  }
  return object
}

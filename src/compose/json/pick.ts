import type { Json } from '../../base/json.ts'
import { isList, isObject, type NewObject, put } from './object.ts'
import type { PathTree } from './path-tree.ts'

/**
 * Only what the paths lead to, in the order of the data. Lists keep their length as far as their items have members;
 * null stays null, for it says no more than that there is nothing. Any other value where a path leads on is not what was
 * picked and is left out, the whole of it too: undefined.
 */
export const pick = (data: Json, tree: PathTree<unknown>): Json | undefined => {
  if (isList(data)) {
    const items: Json[] = []
    for (const item of data) {
      const picked = pick(item, tree)
      if (picked !== undefined) items.push(picked)
    }
    return items
  }
  if (!isObject(data)) return data === null ? null : undefined
  const object: NewObject = {}
  for (const name of Object.keys(data)) {
    const wanted = tree.members.get(name)
    if (wanted === undefined) continue
    const member = data[name]!
    const picked = wanted.value === undefined ? pick(member, wanted) : member
    if (picked !== undefined) put(object, name, picked)
  }
  return object
}

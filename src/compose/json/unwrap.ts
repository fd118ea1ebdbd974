import type { Json } from '../../base/json.ts'
import { isList, isObject } from './object.ts'
import type { PathTree } from './path-tree.ts'

/**
 * What one path leads to. Of a list what it leads to in each of its items; items in which it leads nowhere are left out.
 * At each step the longest name that is there counts, without a way back (core/claim-at.ts). Undefined: there is
 * nothing, nor in any item.
 */
export const unwrap = (data: Json, tree: PathTree<unknown>): Json | undefined => {
  if (tree.value !== undefined) return data
  if (isList(data)) {
    const items: Json[] = []
    for (const item of data) {
      const found = unwrap(item, tree)
      if (found !== undefined) items.push(found)
    }
    return items.length === 0 && data.length > 0 ? undefined : items
  }
  if (!isObject(data)) return undefined
  for (const [name, next] of tree.members) {
    if (Object.hasOwn(data, name)) return unwrap(data[name]!, next)
  }
  return undefined
}

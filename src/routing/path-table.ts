import type { RouteEntry } from '../spec/entry.ts'
import type { RouteSpec } from '../spec/spec.ts'
import { addCandidate, type Leaf, makeLeaf, orderLeaf } from './leaf.ts'
import type { MatchInput } from './match-input.ts'
import { RegexList } from './regex-list.ts'
import type { Scan } from './scan.ts'
import { findPath, findPrefix, leafFor, type Take, TreeNode } from './tree.ts'

/** All routes of one priority and host. */
export interface PathTable<R> {
  add(route: R, entry: RouteEntry): void
  /** Puts routes of the same pattern in order. Called once, after the last `add`. */
  seal(): void
  /** Offers the leaves that fit the scanned path, in matching order. */
  find<T>(scan: Scan, q: MatchInput, take: Take<Leaf<R>, MatchInput, T>): T | null
}

export const pathTable = <R extends { readonly spec: RouteSpec }>(): PathTable<R> => {
  const leaves = new Set<Leaf<R>>()
  let paths: TreeNode<Leaf<R>> | null = null
  let prefixes: TreeNode<Leaf<R>> | null = null
  let regexes: RegexList<R> | null = null

  const rootFor = (entry: RouteEntry): TreeNode<Leaf<R>> => {
    if (entry.route.match.kind === 'path') {
      paths ??= new TreeNode()
      return paths
    }
    prefixes ??= new TreeNode()
    return prefixes
  }

  return {
    add(route, entry) {
      if (entry.pattern.regex !== undefined) {
        regexes ??= new RegexList()
        regexes.add(route, entry)
        return
      }
      const leaf = leafFor(rootFor(entry), entry.pattern.segments, () => makeLeaf<R>(entry.pattern))
      addCandidate(leaf, route, entry)
      leaves.add(leaf)
    },
    seal() {
      for (const leaf of leaves) orderLeaf(leaf)
      leaves.clear()
      regexes?.seal()
    },
    find(scan, q, take) {
      let found = paths === null ? null : findPath(paths, 0, scan, q, take)
      if (found === null && prefixes !== null) found = findPrefix(prefixes, 0, scan, q, take)
      return found !== null || regexes === null ? found : regexes.find(scan, q, take)
    },
  }
}

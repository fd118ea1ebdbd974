import type { RouteEntry } from '../spec/entry.ts'
import { compareEntries, compareForHead } from '../spec/precedence.ts'
import type { RouteSpec } from '../spec/spec.ts'
import { addCandidate, type Leaf, makeLeaf, orderLeaf } from './leaf.ts'
import type { MatchInput } from './match-input.ts'
import type { Scan } from './scan.ts'
import type { Take } from './tree.ts'

/**
 * Routes by regular expressions, a leaf for each, as no expression is more specific than another: methods, headers,
 * queries and the order of writing decide. They are tried in turn; most say no at their first characters.
 */
export class RegexList<R extends { readonly spec: RouteSpec }> {
  private leaves: Leaf<R>[] = []
  /** In the order for HEAD, see `compareForHead`. */
  private forHead: Leaf<R>[] = []

  add(route: R, entry: RouteEntry): void {
    const leaf = makeLeaf<R>(entry.pattern)
    addCandidate(leaf, route, entry)
    this.leaves.push(leaf)
  }

  /** Called once, after the last `add`. */
  seal(): void {
    for (const leaf of this.leaves) orderLeaf(leaf)
    this.forHead = inOrder(this.leaves, compareForHead)
    this.leaves = inOrder(this.leaves, compareEntries)
  }

  find<T>(scan: Scan, q: MatchInput, take: Take<Leaf<R>, MatchInput, T>): T | null {
    const leaves = q.method === 'HEAD' ? this.forHead : this.leaves
    for (const leaf of leaves) {
      const found = leaf.regex!.test(scan.path) ? take(leaf, scan, q) : null
      if (found !== null) return found
    }
    return null
  }
}

const inOrder = <R>(leaves: readonly Leaf<R>[], compare: (a: RouteEntry, b: RouteEntry) => number): Leaf<R>[] =>
  leaves.toSorted((a, b) => compare(a.candidates[0]!.entry, b.candidates[0]!.entry))

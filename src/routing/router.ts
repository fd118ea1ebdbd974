import { entriesOf } from '../spec/entry.ts'
import type { RouteSpec } from '../spec/spec.ts'
import { type Explanation, explainRoutes } from './explanation.ts'
import { type HostTable, hostTable } from './host-table.ts'
import { type Candidate, type Leaf, NO_PARAMS, pick } from './leaf.ts'
import type { MatchInput } from './match-input.ts'
import { type PathTable, pathTable } from './path-table.ts'
import { methodsTaken } from './predicates.ts'
import { Scan } from './scan.ts'

export type { MatchInput } from './match-input.ts'

export interface Router<R> {
  /** The route that takes the request, its parameters left in `q.params`; null: none does. */
  match(q: MatchInput): R | null
  /** Methods that routes would take for everything else of this request, sorted: 405 with `Allow`; none: 404. */
  allowed(q: MatchInput): string[]
  /** Why `match` says what it says. Looks at every route: for people, not for requests. */
  explain(q: MatchInput): Explanation<R>
}

/** All routes of one priority, by host. */
type Tier<R> = HostTable<PathTable<R>>

/**
 * Compiles routes into the structure that `match` walks: priority → host → pattern, each level in the order of DESIGN
 * §5, so that the first route that fits is the right one. A lookup visits each tree node at most once: priorities ×
 * host suffixes × the nodes that fit the path, and where no node takes it, the regular expressions, one after the other.
 * Not reentrant: field tests must not call the router.
 */
export const compileRouter = <R extends { readonly spec: RouteSpec }>(routes: readonly R[]): Router<R> => {
  const { tiers, depth } = tiersOf(routes)
  const scan = new Scan()

  const find = <T>(q: MatchInput, use: (table: PathTable<R>, q: MatchInput) => T | null): T | null => {
    // `OPTIONS *` is no path; the server answers it.
    if (q.path.charCodeAt(0) !== 0x2f) return null
    scan.run(q.path, depth)
    for (const tier of tiers) {
      const found = tier.find(q.host, use, q)
      if (found !== null) return found
    }
    return null
  }

  const pickFrom = (table: PathTable<R>, q: MatchInput): R | null => table.find(scan, q, pick)

  const match = (q: MatchInput): R | null => {
    q.params = NO_PARAMS
    return find(q, pickFrom)
  }

  const candidates = (q: MatchInput): Candidate<R>[] => {
    const all: Candidate<R>[] = []
    const collect = (leaf: Leaf<R>): null => {
      all.push(...leaf.candidates)
      return null
    }
    find(q, table => table.find(scan, q, collect))
    return all
  }

  return {
    match,
    allowed: q => {
      const others = candidates(q).filter(candidate => candidate.fields === null || candidate.fields(q))
      return [...new Set(others.flatMap(candidate => methodsTaken(candidate.entry.route) ?? []))].sort()
    },
    explain: q => explainRoutes(routes, match(q), q),
  }
}

const tiersOf = <R extends { readonly spec: RouteSpec }>(routes: readonly R[]): { tiers: Tier<R>[]; depth: number } => {
  const byPriority = new Map<number, Tier<R>>()
  let depth = 0
  for (const route of routes) {
    const { priority } = route.spec
    const tier = byPriority.get(priority) ?? hostTable(() => pathTable<R>())
    byPriority.set(priority, tier)
    for (const entry of entriesOf(route.spec)) {
      if (entry.pattern.regex === undefined) depth = Math.max(depth, entry.pattern.segments.length)
      tier.for(entry.host).add(route, entry)
    }
  }
  for (const tier of byPriority.values()) for (const table of tier.values()) table.seal()
  const tiers = [...byPriority].sort(([a], [b]) => b - a).map(([, tier]) => tier)
  return { tiers, depth }
}

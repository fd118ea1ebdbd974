import { parsePattern } from '../pattern.ts'
import type { PlacedRoute } from '../placed-route.ts'
import { takesSameAndMore } from '../precedence.ts'
import { type Path, showPath } from '../problem.ts'
import type { Report } from '../source.ts'
import type { ForwardSpec, RouteSpec } from '../spec.ts'
import { listWords } from '../suggest.ts'
import { type PatternTree, patternTree } from './pattern-tree.ts'

/** What keeps people from a service's answers, or from parts of them. */
const GUARDS: readonly [name: string, guards: (route: RouteSpec) => boolean][] = [
  ['auth', ({ auth }) => auth.need !== 'none' && !auth.optional],
  ['access', ({ access }) => access !== undefined],
  ['ip', ({ ip }) => ip !== undefined],
  ['fields', ({ fields }) => fields !== undefined],
]

/**
 * Routes outside frontends that guard nothing and ask a service for all that a frontend's route guards: whoever uses
 * another host, or another spelling of the prefix (`//m/x`), gets it there. Who writes `auth: none` has said that this is
 * meant; so has who narrows what is open by path, methods, headers or query.
 */
export const checkBypass = (report: Report, routes: readonly RouteSpec[], placed: readonly PlacedRoute[]): void => {
  // Of a guard that is written wrongly nothing is known.
  if (report.problems.some(({ severity }) => severity === 'error')) return
  const placedAt = new Map(placed.map(each => [each.index, each]))
  const open = openByService(routes.filter(route => placedAt.get(route.index)?.route.auth === undefined))
  if (open.size === 0) return
  const reported = new Set<number>()
  for (const route of routes) {
    const guards = route.frontend === '' ? [] : guardsOf(route)
    const asked = guards.length === 0 ? undefined : asUpstream(route)
    for (const { service } of asked?.to ?? []) {
      const bypass = open
        .get(service)
        ?.onTheWayOf(asked!.route)
        .find(other => takesSameAndMore(other, asked!.route))
      if (bypass === undefined || reported.has(bypass.index)) continue
      reported.add(bypass.index)
      const at: Path = placedAt.get(route.index)?.path ?? []
      report.add(
        placedAt.get(bypass.index)?.path ?? [],
        `gives anybody what ${showPath(at)} guards by ${listWords(guards, 'and')}: both ask the same service`,
        { severity: 'warning', hint: 'guard it too, narrow it, or write "auth: none" if this is meant' },
      )
    }
  }
}

const openByService = (routes: readonly RouteSpec[]): ReadonlyMap<string, PatternTree> => {
  const open = new Map<string, PatternTree>()
  for (const route of routes) {
    const asked = route.frontend === '' && guardsOf(route).length === 0 ? asUpstream(route) : undefined
    for (const { service } of asked?.to ?? []) {
      const tree = open.get(service) ?? patternTree()
      open.set(service, tree)
      tree.add(asked!.route)
    }
  }
  return open
}

const guardsOf = (route: RouteSpec): string[] => GUARDS.filter(([, guards]) => guards(route)).map(([name]) => name)

interface Asked {
  readonly to: ForwardSpec['to']
  /** With the path that the service sees in place of the client's. */
  readonly route: RouteSpec
}

/** Undefined: no service sees it, or its path cannot be told. */
const asUpstream = (route: RouteSpec): Asked | undefined => {
  const { action, match } = route
  if (action.kind !== 'forward') return undefined
  // Only the request tells what its groups hold.
  if (match.kind === 'regex' && action.rewrite !== undefined) return undefined
  const pattern = action.rewrite ?? (action.stripPrefix ? '/' : match.pattern)
  if ('error' in parsePattern(pattern, match.kind)) return undefined
  return { to: action.to, route: { ...route, hosts: [], match: { kind: match.kind, pattern } } }
}

import type { Policy } from '../core/policy.ts'
import type { RouteSpec } from '../spec/spec.ts'

/** Makes a policy of a route, or nothing where the route does not ask for it. */
export type Builtin = (route: RouteSpec) => Policy | undefined

/**
 * Every built-in policy in the order it runs (DESIGN §2): gates from the client inwards, then wraps from the outside
 * in. This list is the order; `sallyport explain` prints what a route has of it.
 */
export const BUILTINS: readonly { readonly name: string; readonly make: Builtin }[] = []

/** The names of what runs for a route, origin last. */
export const chainOf = (route: RouteSpec): string[] => [
  ...BUILTINS.filter(builtin => builtin.make(route) !== undefined).map(builtin => builtin.name),
  originName(route),
]

const originName = (route: RouteSpec): string => {
  const { action } = route
  if (action.kind === 'forward') return `forward to ${action.to.map(({ service }) => service).join(', ')}`
  return action.kind === 'respond' ? `respond ${action.status}` : `redirect ${action.status}`
}

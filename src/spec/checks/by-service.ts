import type { PlacedRoute } from '../placed-route.ts'
import type { RouteDraft } from './draft.ts'

/** The routes that ask each service, whether it exists or not. */
export const routesByService = (routes: readonly PlacedRoute[]): ReadonlyMap<string, readonly PlacedRoute[]> => {
  const found = new Map<string, PlacedRoute[]>()
  for (const placed of routes) {
    for (const service of new Set([...servicesOf(placed.route), ...branchServicesOf(placed.route)])) {
      const known = found.get(service)
      if (known === undefined) found.set(service, [placed])
      else known.push(placed)
    }
  }
  return found
}

/** Those that a route forwards to. */
export const servicesOf = ({ to }: RouteDraft): readonly string[] =>
  typeof to === 'string' ? [to] : Object.keys(to ?? {})

const branchServicesOf = ({ aggregate }: RouteDraft): readonly string[] =>
  Object.values(aggregate?.branches ?? {}).flatMap(branch => branch?.to ?? [])

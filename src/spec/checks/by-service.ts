import type { Path } from '../problem.ts'
import type { ConfigDraft, RouteDraft } from './draft.ts'

export interface PlacedRoute {
  readonly path: Path
  readonly route: RouteDraft
}

/** The routes that forward to each service, whether it exists or not. */
export const routesByService = (draft: ConfigDraft): ReadonlyMap<string, readonly PlacedRoute[]> => {
  const found = new Map<string, PlacedRoute[]>()
  for (const [i, route] of (draft.routes ?? []).entries()) {
    if (route === undefined) continue
    for (const service of servicesOf(route)) {
      const routes = found.get(service)
      if (routes === undefined) found.set(service, [{ path: ['routes', i], route }])
      else routes.push({ path: ['routes', i], route })
    }
  }
  return found
}

export const servicesOf = ({ to }: RouteDraft): readonly string[] =>
  typeof to === 'string' ? [to] : Object.keys(to ?? {})

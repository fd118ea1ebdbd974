import type { GatewaySpec, RouteSpec, ServiceSpec } from '../../spec/spec.ts'

/** The services that a route asks, each once, without those that stand in for them. */
export const servicesOf = ({ action }: RouteSpec, { services }: GatewaySpec): readonly ServiceSpec[] => {
  const names = new Set<string>()
  if (action.kind === 'forward') for (const { service } of action.to) names.add(service)
  if (action.kind === 'aggregate') for (const { service } of action.branches) names.add(service)
  return services.filter(({ name }) => names.has(name))
}

/** With those that stand in for them: all that load on the route may reach. */
export const reachedBy = (route: RouteSpec, spec: GatewaySpec): readonly ServiceSpec[] => {
  const reached = new Set(servicesOf(route, spec))
  for (const { fallback } of reached) {
    const answer = fallback?.answer
    const next = answer?.kind === 'service' && spec.services.find(({ name }) => name === answer.service)
    if (next) reached.add(next)
  }
  return [...reached]
}

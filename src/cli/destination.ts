import { compileForwardPath } from '../routing/forward-path.ts'
import type { Located } from '../routing/located.ts'
import { compileRedirect } from '../routing/redirect.ts'
import type { EndpointSpec, ForwardSpec, GatewaySpec, RouteSpec, ServiceSpec } from '../spec/spec.ts'

/** Where a request that a route takes ends: a line for each target, or the answer that is given. */
export const destination = (spec: GatewaySpec, route: RouteSpec, x: Located): string[] => {
  const { action } = route
  if (action.kind === 'respond')
    return [`an answer with status ${action.status}, ${Buffer.byteLength(action.body)} bytes`]
  if (action.kind === 'redirect') return [`a ${action.status} to ${compileRedirect(route.match, action)(x)}`]
  return action.to.flatMap(({ service, weight }) => {
    const found = spec.services.find(({ name }) => name === service)
    const share = action.to.length > 1 ? ` ${percent(weight, action.to)}` : ''
    return found === undefined ? [] : targetLines(route, action, found, share, x)
  })
}

const targetLines = (
  { match }: RouteSpec,
  forward: ForwardSpec,
  { name, endpoints }: ServiceSpec,
  share: string,
  x: Located,
): string[] =>
  endpoints.map(endpoint => {
    const path = compileForwardPath(match, forward, endpoint.basePath)(x)
    const part = endpoints.length > 1 ? `, ${percent(endpoint.weight, endpoints)} of it` : ''
    return `${originOf(endpoint)}${path} (${name}${share}${part})`
  })

const originOf = ({ tls, authority }: EndpointSpec): string => `${tls ? 'https' : 'http'}://${authority}`

const percent = (weight: number, among: readonly { readonly weight: number }[]): string => {
  const total = among.reduce((sum, one) => sum + one.weight, 0)
  return `${Math.round((weight / total) * 1000) / 10}%`
}

import { compileForwardPath } from '../routing/forward-path.ts'
import type { Located } from '../routing/located.ts'
import { compileRedirect, type Sent } from '../routing/redirect.ts'
import { codeLines, describeAggregate, planLines } from '../spec/describe-aggregate.ts'
import { describeDiscover } from '../spec/describe-services.ts'
import type { EndpointSpec, ForwardSpec, GatewaySpec, RouteSpec, ServiceSpec } from '../spec/spec.ts'
import { showDuration } from '../spec/units.ts'

/** Where a request that a route takes ends: a line for each target, or the answer that is given. */
export const destination = (spec: GatewaySpec, route: RouteSpec, x: Sent): string[] => {
  const { action } = route
  if (action.kind === 'respond')
    return [`an answer with status ${action.status}, ${Buffer.byteLength(action.body)} bytes`]
  if (action.kind === 'redirect') return [`a ${action.status} to ${compileRedirect(route.match, action)(x)}`]
  if (action.kind === 'aggregate') return [describeAggregate(action), ...planLines(action), ...codeLines(action)]
  if (action.kind === 'handler')
    return [`a function in ${action.typed.module.name}, within ${showDuration(action.deadlineMs)}`]
  return action.to.flatMap(({ service, weight }) => {
    const found = spec.services.find(({ name }) => name === service)
    const share = action.to.length > 1 ? ` ${percent(weight, action.to)}` : ''
    return found === undefined ? [] : targetLines(route, action, found, share, x)
  })
}

const targetLines = (
  { match }: RouteSpec,
  forward: ForwardSpec,
  { name, endpoints, discover, balance }: ServiceSpec,
  share: string,
  x: Located,
): string[] => {
  if (discover !== undefined) {
    const origin = discover.kind === 'file' ? '' : originOf(discover)
    const path = compileForwardPath(match, forward, discover.basePath)(x)
    return [`${origin}${path} (${name}${share}, ${describeDiscover(discover)})`]
  }
  const part = partOf(endpoints, balance)
  return endpoints.map(endpoint => {
    const path = compileForwardPath(match, forward, endpoint.basePath)(x)
    return `${originOf(endpoint)}${path} (${name}${share}${part(endpoint)})`
  })
}

/** The share of one target among all. Where it follows from load, there is none to tell. */
const partOf = (
  endpoints: readonly EndpointSpec[],
  { kind }: ServiceSpec['balance'],
): ((endpoint: EndpointSpec) => string) => {
  const first = endpoints.reduce((least, { priority }) => Math.min(least, priority), Number.POSITIVE_INFINITY)
  const asked = endpoints.filter(({ priority }) => priority === first)
  const byLoad = kind === 'least-request' || kind === 'ewma'
  return ({ priority, weight }) => {
    if (priority !== first) return ', only when no other is well'
    return asked.length === 1 || byLoad ? '' : `, ${percent(weight, asked)} of it`
  }
}

const originOf = ({ tls, authority }: { readonly tls: boolean; readonly authority: string }): string =>
  `${tls ? 'https' : 'http'}://${authority}`

const percent = (weight: number, among: readonly { readonly weight: number }[]): string => {
  const total = among.reduce((sum, one) => sum + one.weight, 0)
  return `${Math.round((weight / total) * 1000) / 10}%`
}

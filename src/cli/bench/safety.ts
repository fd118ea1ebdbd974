import type { GatewaySpec, RouteSpec } from '../../spec/spec.ts'
import { CommandError, EXIT } from '../exit.ts'
import { isLoopback } from './ends.ts'
import { reachedBy } from './route-services.ts'

/** Load goes where it was asked for: throws a CommandError when the route reaches beyond this machine. */
export const refuseRemote = (spec: GatewaySpec, routes: readonly RouteSpec[], url: URL | undefined): void => {
  const remote = [
    ...(url === undefined || isLoopback(url.hostname) ? [] : [`the gateway at ${url.host}`]),
    ...remoteRedis(spec.state),
    ...routes.flatMap(route => reachedBy(route, spec).flatMap(remoteTargets)),
  ]
  if (remote.length === 0) return
  throw new CommandError(
    `load would leave this machine: ${[...new Set(remote)].join(', ')}; use --stub, or --allow-remote if that is yours to load`,
    EXIT.usage,
  )
}

/** Without the credentials that its URL may hold. */
const remoteRedis = (state: GatewaySpec['state']): string[] => {
  if (state.kind !== 'redis') return []
  const { hostname, host } = new URL(state.url)
  return isLoopback(hostname) ? [] : [`Redis at ${host}`]
}

const remoteTargets = ({ name, endpoints, discover }: GatewaySpec['services'][number]): string[] => {
  // Who will be found is not known before.
  if (discover !== undefined) return [`service ${name}, whose targets are discovered`]
  return endpoints
    .filter(({ address, host }) => !isLoopback(address || host))
    .map(({ url }) => `service ${name} at ${url}`)
}

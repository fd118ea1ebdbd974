import type { GatewaySpec } from './spec.ts'

/** Query parameters that carry credentials: logs must not show their values. */
export const secretParameters = ({ auth }: GatewaySpec): string[] => [
  ...new Set(auth.flatMap(({ from }) => from.flatMap(place => (place.in === 'query' ? [place.name] : [])))),
]

/** Header fields that say what a token claims, in lower case: clients must not send them. */
export const identityHeaders = ({ auth }: GatewaySpec): string[] => [
  ...new Set(auth.flatMap(way => (way.kind === 'jwt' ? way.claimHeaders.map(({ header }) => header) : []))),
]

import type { GatewaySpec } from './spec.ts'

/** Query parameters that carry credentials: their values stay out of logs. */
export const secretParameters = ({ auth }: GatewaySpec): string[] => [
  ...new Set(auth.flatMap(({ from }) => from.flatMap(place => (place.in === 'query' ? [place.name] : [])))),
]

/** Header fields that carry credentials. */
export const credentialHeaders = ({ auth }: GatewaySpec): string[] => [
  ...new Set(auth.flatMap(({ from }) => from.flatMap(place => (place.in === 'header' ? [place.name] : [])))),
]

/** Header fields, besides `x-consumer` and `x-claim-*`, that tell services who a caller is: no client may send them. */
export const identityHeaders = ({ auth }: GatewaySpec): string[] => [
  ...new Set(auth.flatMap(way => (way.kind === 'jwt' ? way.claimHeaders.map(({ header }) => header) : []))),
]

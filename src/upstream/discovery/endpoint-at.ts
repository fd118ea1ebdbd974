import { isIPv6 } from 'node:net'
import type { EndpointSpec } from '../../spec/spec.ts'
import type { DiscoverSpec } from '../../spec/spec-resilience.ts'

/** Where one target of a discovered service is, and how much of the traffic it gets. */
export interface Whereabouts {
  readonly address: string
  readonly port: number
  readonly weight: number
  readonly priority: number
}

/** The target at an address; in `Host` and SNI it keeps the name that was discovered. */
export const endpointAt = (spec: DiscoverSpec, { address, port, weight, priority }: Whereabouts): EndpointSpec => ({
  url: `${spec.tls ? 'https' : 'http'}://${isIPv6(address) ? `[${address}]` : address}:${port}${spec.basePath}`,
  tls: spec.tls,
  host: domainOf(spec.host),
  port,
  authority: domainOf(spec.authority),
  basePath: spec.basePath,
  weight,
  priority,
  address,
})

/**
 * `_https._tcp.shop.example` is a service of `shop.example`: that is the name in certificates (RFC 9525 §6.3), which may
 * not hold an underscore. The names of the targets are not used: who can forge an answer could choose them.
 */
const domainOf = (name: string): string => name.replace(/^(?:_[^.]+\.)+(?=[^.:])/, '')

import { parseEndpoint } from './endpoint.ts'
import { parseAffinity } from './parse-affinity.ts'
import type { BalanceOutput } from './schema/balance.ts'
import type { DiscoverOutput } from './schema/discover.ts'
import type { ServiceOutput } from './schema/services.ts'
import type { EndpointSpec } from './spec.ts'
import type { BalanceSpec, DiscoverSpec } from './spec-resilience.ts'

/** The targets that are written in the configuration. */
export const buildEndpoints = ({ url, endpoints, discover }: ServiceOutput): EndpointSpec[] => {
  if (discover !== undefined) return []
  const written = endpoints ?? [{ url: url ?? '', weight: 1, priority: 0 }]
  return written.map(endpoint => checkedEndpoint(endpoint.url, endpoint.weight, endpoint.priority))
}

const checkedEndpoint = (url: string, weight = 1, priority = 0): EndpointSpec => {
  const parsed = parseEndpoint(url, weight, priority)
  if ('error' in parsed) throw new Error(`unchecked endpoint: ${parsed.error}`)
  return parsed
}

/** A file says of each target all there is to say. */
const FROM_FILE = { tls: false, host: '', port: 0, authority: '', basePath: '' }

export const buildDiscover = (discover: DiscoverOutput | undefined): DiscoverSpec | undefined => {
  if (discover === undefined) return undefined
  const { dns, srv, file, servers = [], minTtl, maxTtl } = discover
  if (file !== undefined) return { kind: 'file', path: file, ...FROM_FILE }
  const url = dns ?? srv ?? ''
  const { tls, host, port, authority, basePath } = checkedEndpoint(url)
  const found = { url, tls, host, port: srv === undefined ? port : 0, authority, basePath }
  return { kind: srv === undefined ? 'dns' : 'srv', ...found, servers, minMs: minTtl, maxMs: maxTtl }
}

export const buildBalance = (balance: BalanceOutput): BalanceSpec => {
  if (typeof balance === 'string') return { kind: balance }
  const { hash, algorithm = 'maglev', boundedLoad = 0, sticky = '', maxAge = 0 } = balance
  if (hash === undefined) return { kind: 'sticky', cookie: sticky, maxAgeMs: maxAge }
  return { kind: 'hash', by: parseAffinity(hash), algorithm, boundedLoad }
}

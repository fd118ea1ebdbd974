import { Resolver } from 'node:dns/promises'
import { systemAddresses } from '../system-names.ts'

export interface FoundAddress {
  readonly address: string
  /** Seconds. */
  readonly ttl: number
}

export interface SrvRecord {
  /** Of the target; empty or `.`: there is none (RFC 2782). */
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/** Questions to name servers, for one round of answers. Each rejects with an error that has a `code`. */
export interface DnsClient {
  v4(name: string): Promise<readonly FoundAddress[]>
  v6(name: string): Promise<readonly FoundAddress[]>
  srv(name: string): Promise<readonly SrvRecord[]>
  /** What the system says by all its means: hosts file, search domains, multicast. No time to live. */
  lookup(name: string): Promise<readonly { readonly address: string }[]>
  /** What was not answered yet rejects. */
  cancel(): void
}

/** Of each server, before the next is asked; the second try waits twice as long. */
const TIMING = { timeout: 1000, tries: 2, maxTimeout: 2000 }

/**
 * Asks the given servers, or the system's as they are configured at this moment: c-ares reads them once, when a resolver
 * is made. `lookup` is for names that servers do not know.
 */
export const nodeDns = (servers: readonly string[]): DnsClient => {
  const resolver = new Resolver(TIMING)
  if (servers.length > 0) resolver.setServers(servers)
  return {
    v4: name => resolver.resolve4(name, { ttl: true }),
    v6: name => resolver.resolve6(name, { ttl: true }),
    srv: name => resolver.resolveSrv(name),
    lookup: name => systemAddresses(name),
    cancel: () => resolver.cancel(),
  }
}

/** The name is known, but not with such records, or it is not known at all. */
export const isNotFound = (error: unknown): boolean => ['ENODATA', 'ENOTFOUND'].includes(codeOf(error))

const REASONS = new Map([
  ['ENOTFOUND', 'the name is not known'],
  ['ENODATA', 'the name has no such records'],
  ['ESERVFAIL', 'the name server failed'],
  ['EREFUSED', 'the name server refused to answer'],
  ['ETIMEOUT', 'no name server answered in time'],
  ['ECONNREFUSED', 'no name server can be reached'],
])

/** Without anything that a stranger wrote. */
export const dnsReason = (error: unknown): string => {
  const code = codeOf(error)
  return REASONS.get(code) ?? (/^[A-Z_]{2,30}$/.test(code) ? `the question failed (${code})` : 'the question failed')
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

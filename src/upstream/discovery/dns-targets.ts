import type { EndpointSpec } from '../../spec/spec.ts'
import type { DiscoverSpec } from '../../spec/spec-resilience.ts'
import type { AddressBook } from './address-book.ts'
import type { DnsClient } from './dns-client.ts'
import { endpointAt } from './endpoint-at.ts'

export interface FoundTargets {
  readonly endpoints: readonly EndpointSpec[]
  /** How long this may be believed. */
  readonly ttlMs: number
}

/** Asks once. Rejects when there are no targets, or nobody can tell now. */
export type FindTargets = (client: DnsClient) => Promise<FoundTargets>

/** Each address of the name is a target. */
export const dnsTargets =
  (spec: DiscoverSpec, book: AddressBook): FindTargets =>
  async client => {
    const { list, ttlMs } = await book.ask(client, spec.host)
    const endpoints = list.map(address => endpointAt(spec, { address, port: spec.port, weight: 1, priority: 0 }))
    return { endpoints, ttlMs }
  }

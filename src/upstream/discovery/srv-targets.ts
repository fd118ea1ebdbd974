import type { EndpointSpec } from '../../spec/spec.ts'
import type { DiscoverSpec } from '../../spec/spec-resilience.ts'
import type { AddressBook } from './address-book.ts'
import type { DnsClient, SrvRecord } from './dns-client.ts'
import type { FindTargets } from './dns-targets.ts'
import { endpointAt } from './endpoint-at.ts'
import { MOST_TARGETS } from './target-list.ts'

/** Names of targets that are asked about at the same time. */
const AT_ONCE = 16

/**
 * Each address of each SRV record is a target (RFC 2782). Node does not tell the time to live of these records, so the
 * shortest of their addresses counts, or `minMs` while an address is missing.
 */
export const srvTargets =
  (spec: Extract<DiscoverSpec, { kind: 'dns' | 'srv' }>, book: AddressBook): FindTargets =>
  async client => {
    const records = best((await client.srv(spec.host)).filter(({ name, port }) => isTarget(name) && port > 0))
    const names = new Set(records.map(({ name }) => name))
    book.keepOnly(names)
    const { ttlMs, failure } = await askAll([...names], book, client)
    const ranks = ranksOf(records)
    const endpoints: EndpointSpec[] = []
    for (const { name, port, weight, priority } of records) {
      // The rest is not used: thousands of records with thousands of addresses each are millions of targets.
      if (endpoints.length > MOST_TARGETS) break
      const rest = { port, weight: Math.max(1, weight), priority: ranks.get(priority) ?? 0 }
      endpoints.push(...firstOf(book.last(name)).map(address => endpointAt(spec, { address, ...rest })))
    }
    if (endpoints.length === 0 && failure !== undefined) throw failure
    return { endpoints, ttlMs: failure === undefined ? ttlMs : spec.minMs }
  }

const isTarget = (name: string): boolean => name !== '' && name !== '.'

/** The most important ones, where there are more than can be used; the same ones whatever the order of the answer. */
const best = (records: readonly SrvRecord[]): SrvRecord[] =>
  records
    .toSorted((a, b) => a.priority - b.priority || b.weight - a.weight || compare(a.name, b.name) || a.port - b.port)
    .slice(0, MOST_TARGETS)

/** One more than can be used, so that whoever cuts the list knows. */
const firstOf = (addresses: readonly string[]): readonly string[] =>
  addresses.length <= MOST_TARGETS ? addresses : addresses.toSorted().slice(0, MOST_TARGETS + 1)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** 10, 20, 20, 50 are ranks 0, 1, 1, 2. */
const ranksOf = (records: readonly SrvRecord[]): ReadonlyMap<number, number> => {
  const values = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b)
  return new Map(values.map((value, rank) => [value, rank]))
}

interface Asked {
  /** The shortest. */
  readonly ttlMs: number
  /** Undefined: all names were resolved. */
  readonly failure: unknown
}

/** Fills the book. Names that cannot be resolved now keep their last addresses there. */
const askAll = async (names: readonly string[], book: AddressBook, client: DnsClient): Promise<Asked> => {
  let ttlMs = Number.POSITIVE_INFINITY
  let failure: unknown
  const waiting = names.values()
  const askInTurn = async (): Promise<void> => {
    for (const name of waiting) {
      try {
        const answer = await book.ask(client, name)
        ttlMs = Math.min(ttlMs, answer.ttlMs)
      } catch (error) {
        failure = error
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, askInTurn))
  return { ttlMs, failure }
}

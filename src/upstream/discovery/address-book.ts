import { isIP } from 'node:net'
import { type DnsClient, type FoundAddress, isNotFound } from './dns-client.ts'

export interface Addresses {
  readonly list: readonly string[]
  readonly ttlMs: number
}

/** Addresses of names, and what was known of them last. */
export interface AddressBook {
  /** All of them. Rejects when nobody can tell now, or there are none. */
  ask(client: DnsClient, name: string): Promise<Addresses>
  /** The last answer; empty: there was none. */
  last(name: string): readonly string[]
  /** Forgets all other names. */
  keepOnly(names: ReadonlySet<string>): void
}

/** Answers of `getaddrinfo` say nothing of their age. */
const LOOKUP_MS = 30_000

/** `system`: names that servers do not know may be known to this machine, by its hosts file or search domains. */
export const createAddressBook = (system: boolean): AddressBook => {
  const known = new Map<string, Known>()

  const lookUp = async (client: DnsClient, name: string): Promise<Addresses> => {
    const list = (await client.lookup(name)).map(({ address }) => address)
    known.set(name, { v4: list, v6: [] })
    return { list, ttlMs: LOOKUP_MS }
  }

  const given = (address: string): Addresses => {
    known.set(address, { v4: [address], v6: [] })
    return { list: [address], ttlMs: Number.POSITIVE_INFINITY }
  }

  /** Servers know no address. While nothing was ever known, the machine is asked even if they only failed to answer. */
  const otherwise = (client: DnsClient, name: string, failure: unknown): Promise<Addresses> => {
    if (!system || (known.has(name) && !isNotFound(failure))) throw failure
    return lookUp(client, name).catch(error => {
      throw isNotFound(failure) ? error : failure
    })
  }

  return {
    ask: async (client, name) => {
      if (isIP(name) !== 0) return given(name)
      if (system && isLocal(name)) return lookUp(client, name)
      const [v4, v6] = await Promise.all([answerTo(client.v4(name)), answerTo(client.v6(name))])
      const found = [...v4.found, ...v6.found]
      if (found.length === 0) return otherwise(client, name, worse(v4.error, v6.error))
      const before = known.get(name) ?? NOTHING
      const now = { v4: listOf(v4, before.v4), v6: listOf(v6, before.v6) }
      known.set(name, now)
      return { list: [...now.v4, ...now.v6], ttlMs: Math.min(...found.map(({ ttl }) => ttl)) * 1000 }
    },
    last: name => {
      const { v4, v6 } = known.get(name) ?? NOTHING
      return [...v4, ...v6]
    },
    keepOnly: names => {
      for (const name of known.keys()) if (!names.has(name)) known.delete(name)
    },
  }
}

interface Known {
  readonly v4: readonly string[]
  readonly v6: readonly string[]
}

const NOTHING: Known = { v4: [], v6: [] }

interface Answer {
  readonly found: readonly FoundAddress[]
  readonly error: unknown
}

const answerTo = (question: Promise<readonly FoundAddress[]>): Promise<Answer> =>
  question.then(
    found => ({ found, error: NO_RECORDS }),
    (error: unknown) => ({ found: [], error }),
  )

const NO_RECORDS: unknown = Object.assign(new Error('no records'), { code: 'ENODATA' })

/** Of one family: what was found, none when there are none, and the last answer when nobody could tell. */
const listOf = ({ found, error }: Answer, before: readonly string[]): readonly string[] =>
  found.length > 0 || isNotFound(error) ? found.map(({ address }) => address) : before

/** A failure to answer says more than an answer of nothing. */
const worse = (a: unknown, b: unknown): unknown => (isNotFound(a) ? b : a)

/** RFC 6761 §6.3: servers are not asked about these. */
const isLocal = (name: string): boolean => /^(?:.*\.)?localhost\.?$/i.test(name)

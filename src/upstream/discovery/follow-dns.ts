import type { DiscoverSpec } from '../../spec/spec-resilience.ts'
import { createAddressBook } from './address-book.ts'
import { type DnsClient, dnsReason } from './dns-client.ts'
import { dnsTargets, type FoundTargets } from './dns-targets.ts'
import type { Found } from './found.ts'
import { askAgainMs, retryMs } from './intervals.ts'
import { srvTargets } from './srv-targets.ts'

export interface DnsWorld {
  readonly after: (ms: number, run: () => void) => () => void
  readonly random: () => number
  readonly dns: (servers: readonly string[]) => DnsClient
}

/** Asks name servers, again shortly before an answer is too old, until the returned function is called. */
export const followDns = (
  spec: Extract<DiscoverSpec, { kind: 'dns' | 'srv' }>,
  { after, random, dns }: DnsWorld,
  { list, trouble, settled }: Found,
): (() => void) => {
  const book = createAddressBook(spec.servers.length === 0)
  const find = spec.kind === 'srv' ? srvTargets(spec, book) : dnsTargets(spec, book)
  let failures = 0
  let stopped = false
  let stopWaiting = (): void => {}
  let cancel = (): void => {}

  /** A client of its own for each round: the servers of the system may be others by now. */
  const ask = async (): Promise<FoundTargets | string> => {
    try {
      const client = dns(spec.servers)
      cancel = () => client.cancel()
      const found = await find(client)
      return found.endpoints.length > 0 ? found : 'the answer names no target'
    } catch (error) {
      return dnsReason(error)
    }
  }

  const round = async (): Promise<void> => {
    const found = await ask()
    if (stopped) return
    if (typeof found === 'string') {
      trouble.tell(found, false)
      stopWaiting = after(retryMs(failures++, random), run)
    } else {
      failures = 0
      list.offer(found.endpoints)
      trouble.over()
      stopWaiting = after(askAgainMs(found.ttlMs, spec, random), run)
    }
    settled()
  }
  const run = (): void => void round()

  run()
  return () => {
    stopped = true
    stopWaiting()
    cancel()
  }
}

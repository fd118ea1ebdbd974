import type dns from 'node:dns'
import net from 'node:net'
import { systemAddresses } from './system-names.ts'

/** An answer is used this long before it is asked for again, in the background. */
const REFRESH_MS = 30_000

type Addresses = dns.LookupAddress[]
type Found = (error: NodeJS.ErrnoException | null, addresses: Addresses) => void
export type LookUp = (host: string, found: Found) => void

const systemLookUp: LookUp = (host, found) => {
  systemAddresses(host).then(
    addresses => found(null, [...addresses]),
    (error: NodeJS.ErrnoException) => found(error, []),
  )
}

/**
 * Addresses of one host name. Only the very first connection waits for them; afterwards the last answer serves while a new
 * one is fetched, and goes on serving when fetching fails.
 */
export class Resolver {
  private readonly host: string
  private readonly now: () => number
  private readonly lookUp: LookUp
  private addresses: Addresses | null = null
  private askedAt = 0
  private waiting: Found[] | null = null

  constructor(host: string, now: () => number, lookUp = systemLookUp) {
    this.host = host
    this.now = now
    this.lookUp = lookUp
    const family = net.isIP(host)
    if (family !== 0) {
      this.addresses = [{ address: host, family }]
      this.askedAt = Number.POSITIVE_INFINITY
    }
  }

  /** In the form that `net.connect({ lookup })` wants. */
  readonly lookup = (
    _host: string,
    options: dns.LookupOptions,
    callback: (error: NodeJS.ErrnoException | null, address: string | Addresses, family?: number) => void,
  ): void => {
    this.withAddresses((error, addresses) => {
      const first = addresses[0]
      if (error !== null || first === undefined) return callback(error ?? new Error('no address'), [])
      if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }

  private withAddresses(found: Found): void {
    if (this.addresses === null) return this.ask(found)
    if (this.now() - this.askedAt > REFRESH_MS) this.ask(null)
    found(null, this.addresses)
  }

  private ask(found: Found | null): void {
    if (this.waiting !== null) {
      if (found !== null) this.waiting.push(found)
      return
    }
    const waiting: Found[] = found === null ? [] : [found]
    this.waiting = waiting
    this.askedAt = this.now()
    this.lookUp(this.host, (error, addresses) => {
      this.waiting = null
      if (error === null && addresses.length > 0) this.addresses = addresses
      for (const callback of waiting) {
        if (this.addresses !== null) callback(null, this.addresses)
        else callback(error, [])
      }
    })
  }
}

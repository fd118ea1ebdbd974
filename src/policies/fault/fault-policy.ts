import { headersOf } from '../../base/headers.ts'
import type { Cancellable, Exchange } from '../../core/exchange.ts'
import { Later, type Maybe } from '../../core/maybe.ts'
import type { Policy } from '../../core/policy.ts'
import { Reply } from '../../core/reply.ts'
import type { FaultSpec } from '../../spec/spec-resilience.ts'

export interface FaultWorld {
  /** 0 ≤ r < 1 */
  random(): number
  /** Calls once after `ms`; returns what prevents it. */
  after(ms: number, callback: () => void): () => void
}

/**
 * Trouble made on purpose: requests are held back, then answered with an error, by chance. Which one it was shows in
 * the answer, so that nobody looks for the bug in a service.
 */
export const faultPolicy = ({ delay, abort, header }: FaultSpec, { random, after }: FaultWorld): Policy => {
  const happens = (share: number): boolean => random() < share
  const aborted = (x: Exchange): Reply | undefined =>
    abort !== undefined && happens(abort.share) ? abortReply(x, abort.status) : undefined
  return {
    name: 'fault',
    gate(x): Maybe<Reply | undefined> {
      if (header !== '' && x.headers.get(header) === undefined) return undefined
      if (delay === undefined || !happens(delay.share)) return aborted(x)
      return new Delay(x, aborted).start(delay.ms, after)
    },
  }
}

/** Holds a request back; nobody waits longer than the client. */
class Delay extends Later<Reply | undefined> implements Cancellable {
  private readonly x: Exchange
  private readonly aborted: (x: Exchange) => Reply | undefined
  private stop: (() => void) | null = null

  constructor(x: Exchange, aborted: (x: Exchange) => Reply | undefined) {
    super()
    this.x = x
    this.aborted = aborted
  }

  start(ms: number, after: FaultWorld['after']): this {
    this.x.onCancel = this
    this.stop = after(ms, () => {
      if (this.x.onCancel === this) this.x.onCancel = null
      this.resolve(this.aborted(this.x))
    })
    return this
  }

  /** Whoever pulled the slot knows what to answer. */
  cancel(): void {
    this.stop?.()
    this.resolve(undefined)
  }
}

const HEADERS = headersOf([
  ['content-type', 'application/problem+json'],
  ['cache-control', 'no-store'],
  ['sallyport-fault', 'abort'],
])

/** Problem details (RFC 9457), though of no error of ours: metrics must not count it as one. */
const abortReply = ({ requestId }: Exchange, status: number): Reply => {
  const problem = {
    type: 'urn:sallyport:fault:abort',
    title: 'Fault injected',
    status,
    detail: 'the gateway is configured to fail some of these requests',
    requestId,
  }
  return new Reply(status, HEADERS, Buffer.from(JSON.stringify(problem), 'utf8'))
}

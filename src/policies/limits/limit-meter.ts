import { type Counter, type Meter, MOST_COUNTED_CONSUMERS } from '../../core/ports.ts'

export type LimitResult = 'allowed' | 'refused' | 'dry_refused'

/** Counts what one limit of one route decides; looks its series up on first use, as routes do. */
export type LimitMeter = (result: LimitResult) => void

export const limitMeter = (meter: Meter, route: string, limit: string): LimitMeter => {
  const counter = (result: LimitResult): Counter =>
    meter.counter('sallyport_limit_requests_total', { route, limit, result })
  let counters: Readonly<Record<LimitResult, Counter>> | undefined
  return result => {
    counters ??= {
      allowed: counter('allowed'),
      refused: counter('refused'),
      dry_refused: counter('dry_refused'),
    }
    counters[result].add(1)
  }
}

/** Counts what limits decide on requests of a configured consumer; others are not counted. One for all routes. */
export type ConsumerMeter = (consumer: string, allowed: boolean) => void

export const consumerMeter = (meter: Meter, consumers: readonly string[]): ConsumerMeter => {
  const known = new Set(consumers.slice(0, MOST_COUNTED_CONSUMERS))
  const counters = new Map<string, { readonly allowed: Counter; readonly refused: Counter }>()
  return (consumer, allowed) => {
    let found = counters.get(consumer)
    if (found === undefined) {
      if (!known.has(consumer)) return
      const counter = (result: string) => meter.counter('sallyport_consumer_requests_total', { consumer, result })
      found = { allowed: counter('allowed'), refused: counter('refused') }
      counters.set(consumer, found)
    }
    const { allowed: passed, refused } = found
    ;(allowed ? passed : refused).add(1)
  }
}

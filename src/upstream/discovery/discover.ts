import type { Log } from '../../core/ports.ts'
import type { EndpointSpec } from '../../spec/spec.ts'
import type { DiscoverSpec } from '../../spec/spec-resilience.ts'
import { type DnsClient, nodeDns } from './dns-client.ts'
import { followDns } from './follow-dns.ts'
import { followFile, type TargetsFile } from './follow-file.ts'
import { createTargetList } from './target-list.ts'
import { createTrouble } from './trouble.ts'

export interface DiscoveryWorld {
  /** A timer; what it returns stops it, and is safe to call twice. */
  readonly after: (ms: number, run: () => void) => () => void
  /** 0 ≤ r < 1. */
  readonly random: () => number
  readonly log: Log
  /** Reads lists of targets in files (config/targets-file.ts). */
  readonly files: TargetsFile
  /** Node's own unless given. */
  readonly dns?: (servers: readonly string[]) => DnsClient
}

export interface Discovery {
  /** Resolves with the first answer or the first failure, and after 2 s at the latest. Never rejects. */
  readonly ready: Promise<void>
  stop(): void
}

const READY_MS = 2000

/**
 * Follows where the targets of a service are. `onTargets` is called with every list that differs from the last one,
 * sorted, each URL once, never empty: what fails, or finds nothing, leaves the last answer in use. The log has one line
 * when it begins to fail and one when that is over.
 */
export const discover = (
  spec: DiscoverSpec,
  world: DiscoveryWorld,
  onTargets: (endpoints: readonly EndpointSpec[]) => void,
): Discovery => {
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  const stopWaiting = world.after(READY_MS, resolve)
  const settled = (): void => {
    stopWaiting()
    resolve()
  }
  const source = spec.kind === 'file' ? spec.path : spec.url
  const list = createTargetList(source, world.log, onTargets)
  const found = { list, trouble: createTrouble(source, world.log, list), settled }
  const stop =
    spec.kind === 'file'
      ? followFile(spec.path, world.files, found)
      : followDns(spec, { ...world, dns: world.dns ?? nodeDns }, found)
  return {
    ready,
    stop: () => {
      stop()
      settled()
    },
  }
}

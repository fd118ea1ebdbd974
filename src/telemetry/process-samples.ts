import { readdirSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import type { Labels } from '../core/ports.ts'
import type { MetricName } from './catalogue.ts'
import { METRICS } from './catalogue.ts'
import type { Sample } from './sample.ts'

const sample = (name: MetricName, value: number, labels: Labels = {}): Sample => {
  const { kind } = METRICS[name]
  if (kind === 'histogram') throw new Error(`${name} is a histogram`)
  return { kind, name, labels, value }
}

/** What the operating system knows about this process, all threads together, under the names every exporter uses. */
export const processSamples = (): Sample[] => {
  const { user, system } = process.cpuUsage()
  const fds = openFds()
  return [
    sample('process_cpu_seconds_total', (user + system) / 1e6),
    sample('process_resident_memory_bytes', process.memoryUsage.rss()),
    sample('process_start_time_seconds', performance.timeOrigin / 1000),
    ...(fds === undefined ? [] : [sample('process_open_fds', fds)]),
  ]
}

/** What the memory shared by all workers says of itself. */
export interface SharedCounts {
  /** Revocations in force. */
  readonly revocations: number
  readonly evictedKeys: number
  readonly untrackedLeases: number
}

export const sharedSamples = ({ revocations, evictedKeys, untrackedLeases }: SharedCounts): Sample[] => [
  sample('sallyport_revocations', revocations),
  sample('sallyport_limit_keys_evicted_total', evictedKeys),
  sample('sallyport_limit_untracked_total', untrackedLeases),
]

export const buildInfo = (version: string): Sample => sample('sallyport_build_info', 1, { version })

/** Only Linux lists them; the one opened for listing is not counted. */
const openFds = (): number | undefined => {
  try {
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return undefined
  }
}

import type { EndpointSpec } from '../../spec/spec.ts'
import type { DiscoverSpec } from '../../spec/spec-resilience.ts'
import type { Discovery } from '../discovery/discover.ts'

/** `discover` with its world. */
export type StartDiscovery = (spec: DiscoverSpec, onTargets: (endpoints: readonly EndpointSpec[]) => void) => Discovery

/** The discoveries that are under way, one for all services with the same settings. */
export interface Discoveries {
  /** Starts those that are not. Resolves when each had its first answer or failed to get one. */
  ensure(specs: readonly DiscoverSpec[]): Promise<void>
  /** The same list until there is another one; empty while there was none. */
  latest(spec: DiscoverSpec): readonly EndpointSpec[]
  /** Stops all others. */
  keepOnly(specs: readonly DiscoverSpec[]): void
}

interface Running {
  readonly discovery: Discovery
  readonly found: { latest: readonly EndpointSpec[] }
}

const NONE: readonly EndpointSpec[] = []

/** `onChange` is called when any has found other targets. */
export const createDiscoveries = (start: StartDiscovery, onChange: () => void): Discoveries => {
  const running = new Map<string, Running>()

  const begin = (spec: DiscoverSpec): Running => {
    const found: Running['found'] = { latest: NONE }
    const discovery = start(spec, endpoints => {
      found.latest = endpoints
      onChange()
    })
    return { discovery, found }
  }

  return {
    ensure: async specs => {
      for (const spec of specs) if (!running.has(keyOf(spec))) running.set(keyOf(spec), begin(spec))
      await Promise.all(specs.map(spec => running.get(keyOf(spec))?.discovery.ready))
    },
    latest: spec => running.get(keyOf(spec))?.found.latest ?? NONE,
    keepOnly: specs => {
      const kept = new Set(specs.map(keyOf))
      for (const [key, { discovery }] of running) {
        if (kept.has(key)) continue
        running.delete(key)
        discovery.stop()
      }
    },
  }
}

const keyOf = (spec: DiscoverSpec): string => JSON.stringify(spec)

import type { Log } from '../../core/ports.ts'
import type { EndpointSpec } from '../../spec/spec.ts'

/** More are cut off: every worker looks at each of them, and each has its place in shared memory. */
export const MOST_TARGETS = 1024

/** The targets found last. */
export interface TargetList {
  isEmpty(): boolean
  /** Passes on what was found, in an order of its own, if that is anything new. */
  offer(found: readonly EndpointSpec[]): void
}

export const createTargetList = (
  source: string,
  log: Log,
  onTargets: (endpoints: readonly EndpointSpec[]) => void,
): TargetList => {
  let known: readonly EndpointSpec[] = []
  let text = ''
  let cut = false

  const bounded = (found: readonly EndpointSpec[]): readonly EndpointSpec[] => {
    const tooMany = found.length > MOST_TARGETS
    if (tooMany && !cut) {
      log.warn(`More than ${MOST_TARGETS} targets were found; the rest is not used.`, { source, found: found.length })
    }
    cut = tooMany
    return tooMany ? found.slice(0, MOST_TARGETS) : found
  }

  return {
    isEmpty: () => known.length === 0,
    offer: found => {
      const next = bounded(unique(found))
      const asText = JSON.stringify(next)
      if (asText === text) return
      known = next
      text = asText
      try {
        onTargets(known)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        log.error('A change of targets could not be taken over.', { source, reason })
      }
    },
  }
}

/** Sorted by importance, then by URL; of two with the same URL the more important one. */
const unique = (found: readonly EndpointSpec[]): readonly EndpointSpec[] => {
  const sorted = found.toSorted((a, b) => a.priority - b.priority || compare(a.url, b.url) || b.weight - a.weight)
  return [...new Map(sorted.toReversed().map(endpoint => [endpoint.url, endpoint])).values()].toReversed()
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

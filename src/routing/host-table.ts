import { isWildcard } from '../spec/entry.ts'

/**
 * What belongs to a host: exact name, then the longest wildcard suffix, then any (DESIGN §5). A route that does not
 * match under a narrow host leaves the request to the wider ones.
 */
export interface HostTable<T> {
  /** Made by `make` on first use. `''` is any host. */
  for(host: string): T
  values(): Iterable<T>
  /** Asks `use` in order until it gives something. */
  find<Q, A>(host: string, use: (table: T, q: Q) => A | null, q: Q): A | null
}

export const hostTable = <T>(make: () => T): HostTable<T> => {
  const exact = new Map<string, T>()
  /** By suffix, without `*.`. */
  const wildcards = new Map<string, T>()
  let any: T | null = null
  let deepest = 0
  let longest = 0

  const wildcardFor = (suffix: string): T => {
    deepest = Math.max(deepest, suffix.split('.').length)
    longest = Math.max(longest, suffix.length)
    return getOrMake(wildcards, suffix, make)
  }

  /** Where the longest suffix starts that can be in the table: a long hostile host costs no more than a short one. */
  const firstSuffix = (host: string): number => {
    let dot = host.length
    for (let labels = 0; labels < deepest && dot > 0; labels++) {
      const next = host.lastIndexOf('.', dot - 1)
      if (next < 0 || host.length - next - 1 > longest) break
      dot = next
    }
    return dot + 1
  }

  return {
    for(host) {
      if (host === '') {
        any ??= make()
        return any
      }
      return isWildcard(host) ? wildcardFor(host.slice(2)) : getOrMake(exact, host, make)
    },
    *values() {
      yield* exact.values()
      yield* wildcards.values()
      if (any !== null) yield any
    },
    find(host, use, q) {
      if (exact.size > 0) {
        const table = exact.get(host)
        const found = table === undefined ? null : use(table, q)
        if (found !== null) return found
      }
      if (deepest > 0) {
        for (let at = firstSuffix(host); at > 0 && at < host.length; at = host.indexOf('.', at) + 1) {
          // A dot at the very start has no label before it.
          const table = at === 1 ? undefined : wildcards.get(host.slice(at))
          const found = table === undefined ? null : use(table, q)
          if (found !== null) return found
        }
      }
      return any === null ? null : use(any, q)
    },
  }
}

const getOrMake = <T>(map: Map<string, T>, key: string, make: () => T): T => {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

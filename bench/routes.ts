/** Sizes of tables: a small gateway's, that of GitHub's public API, and one nobody should have but somebody will. */
export const ROUTE_COUNTS = [10, 1_223, 22_000]

/** Of each table, beside what is made: one with the prefix taken away and one without, which every peer is asked for. */
export const STRIPPED = '/api/users'
const PASSED = '/api/orders'

const SERVICES = 100

/**
 * Prefixes that are passed on as they are; with STRIPPED they make `count` routes. Prefixes, because every peer has a good
 * way for these: nginx has none for parameters but regular expressions, asked one by one. In order, as the version of
 * nginx that Debian had for years sorts them by insertion.
 */
export const passedPrefixes = (count: number): string[] => {
  const made = Array.from({ length: count - 2 }, (_, i) => {
    const version = 1 + (i % 3)
    return `/services/service-${i % SERVICES}/v${version}/resource-${Math.floor(i / SERVICES)}`
  })
  return [PASSED, ...made].sort()
}

/** At most a thousand of them, spread evenly over the table: `#` is a number. */
export const askedPaths = (count: number): string[] => {
  const all = passedPrefixes(count)
  const step = Math.max(1, all.length / 1000)
  return Array.from({ length: Math.min(1000, all.length) }, (_, i) => `${all[Math.floor(i * step)]}/#`)
}

/** Longest origin that is compared with patterns: a host name has at most 253 characters (RFC 1035 §2.3.4). */
const LONGEST = 300

/** One or more labels; linear. No port, user or path can be hidden in them. */
const LABELS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/

/**
 * Whether an origin, as browsers write it (lower case, no default port), is one of those listed: exactly, or by a
 * pattern whose `*` stands for one or more whole labels. `*` alone is not looked at here. `null`, the origin of
 * sandboxed and local pages, is one only where it is listed.
 */
export const compileOrigins = (origins: readonly string[]): ((origin: string) => boolean) => {
  const exact = new Set(origins.filter(origin => !origin.includes('*')))
  const patterns = origins.filter(origin => origin.includes('*') && origin !== '*').map(compilePattern)
  if (patterns.length === 0) return origin => exact.has(origin)
  return origin => exact.has(origin) || (origin.length <= LONGEST && patterns.some(fits => fits(origin)))
}

const compilePattern = (pattern: string): ((origin: string) => boolean) => {
  const star = pattern.indexOf('*')
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)]
  return origin =>
    origin.length > before.length + after.length &&
    origin.startsWith(before) &&
    origin.endsWith(after) &&
    LABELS.test(origin.slice(before.length, origin.length - after.length))
}

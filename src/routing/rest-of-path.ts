/**
 * What follows the first `segments` segments of a path: empty, or from the slash on. `/api/users/42` after two: `/42`.
 */
export const restOfPath = (path: string, segments: number): string => {
  let at = 0
  for (let i = 0; i < segments; i++) {
    at = path.indexOf('/', at + 1)
    if (at < 0) return ''
  }
  return path.slice(at)
}

/** Appends such a rest; a slash at the end of `base` and the one that begins the rest are the same. */
export const appendRest = (base: string, rest: string): string => {
  if (rest === '') return base
  return base.endsWith('/') ? base.slice(0, -1) + rest : base + rest
}

import type { Path, Place, Problem } from './problem.ts'

/**
 * Where secrets stand, also by mistake: a key in place of its hash, a private key in place of a public one. What stands
 * there is in no message. `*` is any name or position.
 */
const SECRETS: readonly (readonly string[])[] = [
  ['state', 'redis'],
  ['auth', '*', 'jwt', 'secret'],
  ['auth', '*', 'jwt', 'keys'],
  ['auth', '*', 'jwt', 'keys', '*'],
  ['auth', '*', 'jwt', 'keys', '*', '*'],
  ['auth', '*', 'jwt', 'keys', '*', '*', '*'],
  ['consumers', '*', 'keys'],
  ['consumers', '*', 'keys', '*'],
  ['consumers', '*', 'keys', '*', 'hash'],
]

export const isSecret = (path: Path): boolean => SECRETS.some(pattern => fits(pattern, path))

const fits = (pattern: readonly string[], path: Path): boolean =>
  pattern.length === path.length && pattern.every((step, i) => step === '*' || step === path[i])

type Locate = (path: Path, on: 'value') => Place | undefined

/** The problems, each with what must be left out when its line is shown. */
export const hideSecrets = (problems: readonly Problem[], document: unknown, locate: Locate): Problem[] => {
  const secrets = secretPaths(document).flatMap(path => locate(path, 'value') ?? [])
  return problems.map(problem => {
    const { place } = problem
    const hidden = place && secrets.filter(({ file, line }) => file === place.file && line === place.line)
    if (place === undefined || hidden === undefined || hidden.length === 0) return problem
    return { ...problem, place: { ...place, hidden: hidden.map(({ column, length = WHOLE }) => ({ column, length })) } }
  })
}

/** To the end of the line. */
const WHOLE = Number.MAX_SAFE_INTEGER

/** Public keys are usually in a file, whose name helps whoever looks for the mistake. */
const isFileName = (value: unknown): boolean =>
  typeof value === 'string' && /^[\w./ @-]{1,100}\.(pem|pub|crt|cer|json)$/.test(value)

/** Of the texts and numbers that stand where secrets do. */
const secretPaths = (document: unknown): Path[] => {
  const found: Path[] = []
  const visit = (value: unknown, path: Path, patterns: readonly (readonly string[])[]): void => {
    const depth = path.length
    if (typeof value !== 'object' || value === null) {
      if (patterns.some(pattern => pattern.length === depth) && !isFileName(value)) found.push(path)
      return
    }
    for (const [key, item] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
      const left = patterns.filter(pattern => pattern[depth] === '*' || pattern[depth] === key)
      if (left.length > 0) visit(item, [...path, key], left)
    }
  }
  visit(document, [], SECRETS)
  return found
}

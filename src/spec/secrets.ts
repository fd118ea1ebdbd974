import type { Path, Place, Problem } from './problem.ts'

/** The keys of `jwt` but `secret` and `keys`. Not taken from the schema: workers would load it, for 66 ms of their start. */
const OPEN_JWT_KEYS = [
  'issuer',
  'jwks',
  'secretEncoding',
  'audience',
  'algorithms',
  'types',
  'requireExpiry',
  'clockSkew',
  'maxLifetime',
  'requiredClaims',
  'rolesClaim',
  'scopesClaim',
  'consumerClaim',
  'claimHeaders',
  'from',
  'forward',
  'realm',
  'resourceMetadata',
  'allowHttp',
  'refresh',
  'timeout',
]

/**
 * Where secrets stand, also by mistake: a key in place of its hash, a private key in place of a public one, a secret
 * under a misspelt name or one level too deep. So all that stands there is in no message, but for what stands under
 * these names. `*` is any name.
 */
const PLACES: readonly { readonly at: readonly string[]; readonly shown: ReadonlySet<string | number> }[] = [
  { at: ['state'], shown: new Set(['memory', 'prefix', 'timeout', 'keys']) },
  { at: ['auth', '*', 'jwt'], shown: new Set(OPEN_JWT_KEYS) },
  { at: ['auth', '*', 'apiKey'], shown: new Set(['header', 'scheme', 'query', 'cookie', 'forward', 'realm']) },
  { at: ['consumers', '*'], shown: new Set(['roles', 'scopes', 'tier', 'expires', 'disabled']) },
  // Collectors that are not one's own want a token.
  { at: ['tracing'], shown: new Set(['otlp', 'sample', 'service', 'timeout']) },
  // A probe may carry a credential.
  { at: ['services', '*', 'health', 'headers'], shown: new Set() },
]

export const isSecret = (path: Path): boolean =>
  isBranchHeader(path) ||
  PLACES.some(({ at, shown }) => isWithin(at, path) && !path.slice(at.length).some(step => shown.has(step)))

/** A branch may be asked with a credential. It is at any depth: groups hold groups. */
const isBranchHeader = (path: Path): boolean => {
  const at = path.indexOf('aggregate')
  return at >= 0 && path[at + 1] === 'branches' && path[at + 3] === 'headers' && path.length > at + 4
}

/** What is put together from a request is no secret of the configuration, and helps whoever looks for the mistake. */
const isTemplate = (path: Path, value: unknown): boolean =>
  isBranchHeader(path) && typeof value === 'string' && value.includes('{')

const isWithin = (at: readonly string[], path: Path): boolean =>
  at.length <= path.length && at.every((step, i) => step === '*' || step === path[i])

type Locate = (path: Path, on: 'value') => Place | undefined

/** The problems, each with what must be left out when its line is shown. */
export const hideSecrets = (problems: readonly Problem[], document: unknown, locate: Locate): Problem[] => {
  if (problems.length === 0) return []
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

/** The same where the text could not be read as a document: what follows a telling name is left out. */
export const hideTelling = (problems: readonly Problem[], text: string): Problem[] => {
  const lines = text.split(/\r?\n/)
  return problems.map(problem => {
    const { place } = problem
    const found = place && TELLING.exec(lines[place.line - 1] ?? '')
    if (place === undefined || !found) return problem
    return { ...problem, place: { ...place, hidden: [{ column: found.index + found[0].length + 1, length: WHOLE }] } }
  })
}

const TELLING = /(?:secret|redis|keys?|password|token|authorization)["']?\s*:|:\/\/(?=[^/\s]*@)/i

/** Public keys are usually in a file, whose name helps whoever looks for the mistake. */
const isFileName = (value: unknown): boolean =>
  typeof value === 'string' && /^[\w./ @-]{1,100}\.(pem|pub|crt|cer|json)$/.test(value)

/** A URL with a password, wherever it stands; one with a query where some ask a token in it: issuers, collectors. */
const holdsSecret = (path: Path, value: unknown): boolean =>
  typeof value === 'string' &&
  (path[0] === 'auth' || path[0] === 'tracing' ? /:\/\/(?:[^/\s]*@|.*\?)/ : /:\/\/[^/\s]*@/).test(value)

/** Deeper than anything in a configuration; a value that holds itself has no end. */
const DEEPEST = 24

/** Of the texts and numbers that are, or may be, secrets. */
const secretPaths = (document: unknown): Path[] => {
  const found: Path[] = []
  const visit = (value: unknown, path: Path, around: readonly unknown[]): void => {
    if (typeof value !== 'object' || value === null) {
      if ((isSecret(path) && !isFileName(value) && !isTemplate(path, value)) || holdsSecret(path, value))
        found.push(path)
      return
    }
    if (around.includes(value) || path.length === DEEPEST) return
    const inner = [...around, value]
    for (const [key, item] of Array.isArray(value) ? value.entries() : Object.entries(value))
      visit(item, [...path, key], inner)
  }
  visit(document, [], [])
  return found
}

import { entriesOf, isWildcard, type RouteEntry } from './entry.ts'
import { mayAgree, prefixesMeet, takesAllOf } from './field-match.ts'
import type { Pattern, Segment } from './pattern.ts'
import type { FieldMatchSpec, RouteSpec } from './spec.ts'

/**
 * The order in which routes are tried (DESIGN §5, "Matching"), as one list. Negative: `a` first. The last step, order
 * of writing, is apart, because two entries that only differ there are a tie worth a warning.
 */
const STEPS: readonly ((a: RouteEntry, b: RouteEntry) => number)[] = [
  (a, b) => b.route.priority - a.route.priority,
  (a, b) => hostRank(a.host) - hostRank(b.host),
  (a, b) => wildcardLength(b.host) - wildcardLength(a.host),
  (a, b) => a.kind - b.kind,
  (a, b) => (a.shape < b.shape ? -1 : a.shape > b.shape ? 1 : 0),
  (a, b) => Number(b.route.methods.length > 0) - Number(a.route.methods.length > 0),
  (a, b) => b.route.headers.length - a.route.headers.length,
  (a, b) => b.route.query.length - a.route.query.length,
]

/** The names of the steps, for messages: "less specific by ...". */
export const STEP_NAMES = [
  'priority',
  'host',
  'host',
  'kind of path',
  'path',
  'naming methods',
  'number of headers',
  'number of query parameters',
] as const

/** Exact, wildcard, any. */
const hostRank = (host: string): number => (host === '' ? 2 : isWildcard(host) ? 1 : 0)
const wildcardLength = (host: string): number => (isWildcard(host) ? host.length : 0)

/** The first step at which two entries differ, and how; undefined: equally specific. */
export const difference = (a: RouteEntry, b: RouteEntry): { step: number; sign: number } | undefined => {
  for (let step = 0; step < STEPS.length; step++) {
    const sign = STEPS[step]!(a, b)
    if (sign !== 0) return { step, sign }
  }
  return undefined
}

const specificity = (a: RouteEntry, b: RouteEntry): number => difference(a, b)?.sign ?? 0

export const compareEntries = (a: RouteEntry, b: RouteEntry): number =>
  specificity(a, b) || a.route.index - b.route.index

/** The order for HEAD: of equally specific routes, one that names HEAD precedes one that takes it as GET's shadow. */
export const compareForHead = (a: RouteEntry, b: RouteEntry): number =>
  specificity(a, b) ||
  Number(b.route.methods.includes('HEAD')) - Number(a.route.methods.includes('HEAD')) ||
  a.route.index - b.route.index

/** Routes with several hosts are compared by the most specific of them; `compareEntries` is the whole truth. */
export const compareRoutes = (a: RouteSpec, b: RouteSpec): number => compareEntries(firstEntry(a), firstEntry(b))

const entries = new WeakMap<RouteSpec, readonly RouteEntry[]>()

/** Most specific first; kept as long as the route is, because checks compare every route with many. */
const sortedEntries = (route: RouteSpec): readonly RouteEntry[] => {
  const known = entries.get(route)
  if (known !== undefined) return known
  const made = entriesOf(route).sort(compareEntries)
  entries.set(route, made)
  return made
}

const firstEntry = (route: RouteSpec): RouteEntry => sortedEntries(route)[0]!

const somePair = (a: RouteSpec, b: RouteSpec, test: (a: RouteEntry, b: RouteEntry) => boolean): boolean =>
  sortedEntries(a).some(x => sortedEntries(b).some(y => test(x, y)))

/** Whether two routes match exactly the same requests under at least one host: the later could only be a mistake. */
export const samePredicates = (a: RouteSpec, b: RouteSpec): boolean =>
  a.priority === b.priority &&
  sameSet(a.methods, b.methods) &&
  sameSet(a.headers.map(fieldKey), b.headers.map(fieldKey)) &&
  sameSet(a.query.map(fieldKey), b.query.map(fieldKey)) &&
  somePair(a, b, (x, y) => x.host === y.host && x.kind === y.kind && samePattern(x.pattern, y.pattern))

const fieldKey = (field: FieldMatchSpec): string =>
  JSON.stringify('value' in field ? [field.name, field.value] : [field.name, '', field.regex])

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.every(item => b.includes(item)) && b.every(item => a.includes(item))

/** Equal but for the names of parameters. */
const samePattern = (a: Pattern, b: Pattern): boolean =>
  a.regex?.source === b.regex?.source &&
  a.segments.length === b.segments.length &&
  a.segments.every((segment, i) => sameSegment(segment, b.segments[i]!))

const sameSegment = (a: Segment, b: Segment): boolean =>
  a.kind === b.kind && (a.kind !== 'literal' || b.kind !== 'literal' || a.text === b.text)

/**
 * Whether only the order of writing decides between two routes for some request: equally specific, not the same, and
 * not exclusive. Equally specific patterns (and hosts) that overlap are equal, so only methods, headers and query
 * parameters can tell the routes apart. Of regular expressions no more is known than what the paths begin with.
 */
export const mayTie = (a: RouteSpec, b: RouteSpec): boolean =>
  methodsOverlap(a.methods, b.methods) &&
  fieldsOverlap(a.headers, b.headers) &&
  fieldsOverlap(a.query, b.query) &&
  somePair(a, b, (x, y) => x.host === y.host && difference(x, y) === undefined && mayMeet(x.pattern, y.pattern)) &&
  !samePredicates(a, b)

/** Of patterns that are equally specific. */
const mayMeet = (a: Pattern, b: Pattern): boolean =>
  a.regex === undefined || b.regex === undefined ? samePattern(a, b) : prefixesMeet(a.regex.prefix, b.regex.prefix)

const methodsOverlap = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === 0 || b.length === 0 || a.some(method => b.includes(method))

const fieldsOverlap = (a: readonly FieldMatchSpec[], b: readonly FieldMatchSpec[]): boolean =>
  a.every(x => b.every(y => mayAgree(x, y)))

/** The earlier route because of which `later` matches no request at all; undefined when it can match. */
export const neverMatches = (later: RouteSpec, earlier: readonly RouteSpec[]): RouteSpec | undefined => {
  let cause: RouteSpec | undefined
  for (const entry of sortedEntries(later)) {
    const taker = earlier.find(route => sortedEntries(route).some(other => takesAll(other, entry)))
    if (taker === undefined) return undefined
    cause ??= taker
  }
  return cause
}

/** Whether all that `narrow` takes, `wide` would take too, whatever their hosts and whichever comes first. */
export const takesSameAndMore = (wide: RouteSpec, narrow: RouteSpec): boolean => {
  const [a, b] = [firstEntry(wide), firstEntry(narrow)]
  return (
    methodsCover(a, b) &&
    fieldsCover(wide.headers, narrow.headers) &&
    fieldsCover(wide.query, narrow.query) &&
    patternCovers(a, b)
  )
}

/** Whether `a` comes first and takes every request that `b` would. */
const takesAll = (a: RouteEntry, b: RouteEntry): boolean =>
  a.route !== b.route &&
  compareEntries(a, b) < 0 &&
  hostCovers(a.host, b.host) &&
  methodsCover(a, b) &&
  fieldsCover(a.route.headers, b.route.headers) &&
  fieldsCover(a.route.query, b.route.query) &&
  patternCovers(a, b)

/** Whether `a` takes every host that `b` does. */
const hostCovers = (a: string, b: string): boolean =>
  a === '' || a === b || (isWildcard(a) && b.length >= a.length && b.endsWith(a.slice(1)))

const methodsCover = (a: RouteEntry, b: RouteEntry): boolean => {
  const { methods } = a.route
  if (methods.length === 0) return true
  if (b.route.methods.length === 0) return false
  return b.route.methods.every(
    method => methods.includes(method) || (method === 'HEAD' && methods.includes('GET') && compareForHead(a, b) < 0),
  )
}

/** Fewer conditions take more requests. */
const fieldsCover = (a: readonly FieldMatchSpec[], b: readonly FieldMatchSpec[]): boolean =>
  a.every(x => b.some(y => takesAllOf(x, y)))

const patternCovers = (a: RouteEntry, b: RouteEntry): boolean => {
  if (a.pattern.regex !== undefined) return samePattern(a.pattern, b.pattern)
  const wide = a.pattern.segments
  const narrow = b.pattern.segments
  const hasRest = wide.at(-1)?.kind === 'rest'
  // `{rest...}` needs the slash before it: one segment more than what it follows.
  if (narrow.length < wide.length) return false
  const takesMore = hasRest || a.route.match.kind === 'prefix'
  if (!takesMore && (narrow.length > wide.length || b.route.match.kind !== 'path')) return false
  const fixed = hasRest ? wide.slice(0, -1) : wide
  return fixed.every((segment, i) => segmentCovers(segment, narrow[i]!))
}

const segmentCovers = (a: Segment, b: Segment): boolean => {
  if (b.kind === 'rest') return false
  if (a.kind === 'literal') return b.kind === 'literal' && a.text === b.text
  return b.kind === 'param' || b.text !== ''
}

import type { ConfigDraft, FrontendDraft, RouteDraft, WrittenRoute } from './checks/draft.ts'
import { parsePattern } from './pattern.ts'
import type { Path } from './problem.ts'
import { regexBehind } from './regex-pattern.ts'
import { type Source, valueAt } from './source.ts'

/** What routes stand in and inherit from: a group or a frontend. */
export interface Scope {
  readonly path: Path
  readonly draft: WrittenRoute | FrontendDraft
}

/** A route wherever it is written, with what it inherits. */
export interface PlacedRoute {
  readonly path: Path
  /** Among all routes, in the order of writing, those of frontends last. */
  readonly index: number
  /** Name of the frontend; empty: none. */
  readonly frontend: string
  readonly route: RouteDraft
  /** As it is written. */
  readonly own: WrittenRoute
  /** Where each key of the route is written, when that is not at the route itself. */
  readonly inherited: ReadonlyMap<string, Path>
  /** Innermost first. */
  readonly scopes: readonly Scope[]
}

/** Where a key of a route is written: at the route, or at what it inherits from. */
export const placeOf = ({ path, inherited }: PlacedRoute, key: string): Path => inherited.get(key) ?? [...path, key]

/** Where to tell what is wrong with a key on this route alone: what it inherits may be right for others. */
export const onRoute = ({ path, inherited }: PlacedRoute, key: string, at: Path): Path =>
  inherited.has(key) ? [...path, key] : at

export interface PlacedGroup {
  readonly path: Path
  readonly draft: WrittenRoute
}

export interface Placed {
  readonly routes: readonly PlacedRoute[]
  readonly groups: readonly PlacedGroup[]
}

/** Every route of a configuration. Where one could not be read, its place among the others is kept. */
export const placeRoutes = (draft: ConfigDraft, source: Source): Placed => {
  const routes: PlacedRoute[] = []
  const groups: PlacedGroup[] = []
  let index = 0
  const placeAll = (written: readonly (WrittenRoute | undefined)[], path: Path, around: Around): void => {
    for (const [i, own] of written.entries()) {
      const at = [...path, i]
      if (own === undefined) index++
      else if (isWritten(source, at, 'routes')) {
        groups.push({ path: at, draft: own })
        placeAll(own.routes ?? [], [...at, 'routes'], {
          ...around,
          scopes: [{ path: at, draft: own }, ...around.scopes],
        })
      } else routes.push({ path: at, index: index++, own, ...around, ...inherit(own, at, around.scopes, source) })
    }
  }
  placeAll(draft.routes ?? [], ['routes'], { scopes: [], frontend: '' })
  for (const [name, frontend] of Object.entries(draft.frontends ?? {})) {
    const path = ['frontends', name]
    const scopes = [{ path, draft: frontend ?? {} }]
    placeAll(frontend?.routes ?? [], [...path, 'routes'], { scopes, frontend: name })
  }
  return { routes, groups }
}

type Around = Pick<PlacedRoute, 'scopes' | 'frontend'>

const isWritten = (source: Source, path: Path, key: string): boolean =>
  valueAt(source.document, [...path, key]) !== undefined

const HANDED_DOWN = [
  'hosts',
  'auth',
  'access',
  'rateLimit',
  'cache',
  'cors',
  'ip',
  'timeout',
  'retry',
  'fields',
] as const

const NOTHING: ReadonlyMap<string, Path> = new Map()

const inherit = (
  own: WrittenRoute,
  path: Path,
  scopes: readonly Scope[],
  source: Source,
): Pick<PlacedRoute, 'route' | 'inherited'> => {
  if (scopes.length === 0) return { route: withoutDeclined(own), inherited: NOTHING }
  const inherited = new Map<string, Path>()
  const given: Partial<WrittenRoute> = {}
  for (const key of HANDED_DOWN) {
    const scope = isWritten(source, path, key) ? undefined : scopes.find(one => isWritten(source, one.path, key))
    if (scope === undefined) continue
    Object.assign(given, { [key]: scope.draft[key] })
    inherited.set(key, [...scope.path, key])
  }
  return { route: withoutDeclined({ ...own, ...given, ...wholePattern(own, scopes) }), inherited }
}

/** Which keys of a route decline something, though nothing hands it down. */
export const declinedForNothing = ({ own, scopes }: PlacedRoute): string[] =>
  DECLINABLE.filter(key => own[key] === 'none' && scopes.every(({ draft }) => draft[key] === undefined))

const DECLINABLE = ['access', 'rateLimit', 'cors', 'ip', 'fields'] as const

const withoutDeclined = ({ access, rateLimit, cors, ip, fields, ...route }: WrittenRoute): RouteDraft => ({
  ...route,
  access: access === 'none' ? undefined : access,
  rateLimit: rateLimit === 'none' ? undefined : rateLimit,
  cors: cors === 'none' ? undefined : cors,
  ip: ip === 'none' ? undefined : ip,
  fields: fields === 'none' ? undefined : fields,
})

/** Paths are written without what is before them; that may be taken off again on the way to services. */
const wholePattern = (
  own: WrittenRoute,
  scopes: readonly Scope[],
): Pick<WrittenRoute, 'path' | 'prefix' | 'regex' | 'rewrite'> => {
  const before = (taken: readonly Scope[]): string =>
    taken.reduce((after, { draft }) => (draft.prefix ?? '').replace(/\/+$/, '') + after, '')
  const all = before(scopes)
  const kept = before(scopes.filter(({ draft }) => draft.stripPrefix !== true))
  const changed = all !== kept && own.to !== undefined && own.stripPrefix !== true && own.rewrite === undefined
  const whole = own.path ?? own.prefix
  return {
    path: own.path === undefined ? undefined : all + own.path,
    prefix: own.prefix === undefined ? undefined : joined(all, own.prefix),
    regex: own.regex === undefined ? undefined : wholeRegex(all, own.regex),
    rewrite: changed && whole !== undefined ? joined(kept, whole) : own.rewrite,
  }
}

/** `/` behind a prefix is the prefix itself. */
const joined = (before: string, prefix: string): string => (before !== '' && prefix === '/' ? before : before + prefix)

/** What is wrong with what stands before it is told there. */
const wholeRegex = (before: string, regex: string): string => {
  const pattern = parsePattern(before === '' ? '/' : before, 'prefix')
  return 'error' in pattern ? regex : regexBehind(pattern.segments, regex)
}

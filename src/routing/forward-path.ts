import { checkedPattern, type Pattern } from '../spec/pattern.ts'
import type { ForwardSpec, RouteSpec } from '../spec/spec.ts'
import type { Located } from './located.ts'
import { appendRest, restOfPath } from './rest-of-path.ts'
import { compileTemplate } from './template.ts'

/** The target that goes upstream, in origin form, query included. */
export type ForwardPath = (x: Located) => string

/**
 * Compiles where a route's requests go on a target. `basePath` is the endpoint's, `/v2` without a slash
 * at its end; empty when whoever knows the endpoint puts it in front. The query is kept.
 *
 * - `stripPrefix` drops the segments of the pattern: prefix `/api/users`, `/api/users/42` → `/42`, `/api/users` → `/`.
 * - `rewrite` replaces what the pattern matched: on a `prefix` route the prefix, and what follows it is appended
 *   (Gateway API's ReplacePrefixMatch), on others all.
 */
export const compileForwardPath = (match: RouteSpec['match'], forward: ForwardSpec, basePath = ''): ForwardPath => {
  const path = compilePath(match, forward)
  if (path === null) return basePath === '' ? x => x.path + x.query : x => basePath + x.path + x.query
  return x => basePath + path(x) + x.query
}

/** Null: the path goes as it came. */
const compilePath = (match: RouteSpec['match'], forward: ForwardSpec): ForwardPath | null => {
  const pattern = checkedPattern(match)
  const segments = pattern.segments.length
  if (forward.rewrite !== undefined) return compileRewrite(match, pattern, forward.rewrite)
  if (!forward.stripPrefix || segments === 0) return null
  return x => restOfPath(x.path, segments) || '/'
}

const compileRewrite = (match: RouteSpec['match'], pattern: Pattern, rewrite: string): ForwardPath => {
  const fill = compileTemplate(rewrite, pattern.params)
  if (match.kind !== 'prefix') return x => fill(x.params) || '/'
  const segments = pattern.segments.length
  return x => appendRest(fill(x.params), restOfPath(x.path, segments)) || '/'
}

/** Whether what a request asks for would leave the place that was written. */
export type Climbs = (x: Located) => boolean

/**
 * Groups of an expression may hold parts of a segment, and put together make a dot segment, which the path itself never
 * has: with `/v(?<rest>.*)` and `/files/{rest}`, `/v..` would be `/files/..`. Null where that cannot be.
 */
export const compileClimbs = (match: RouteSpec['match'], forward: ForwardSpec): Climbs | null => {
  if (match.kind !== 'regex' || forward.rewrite === undefined) return null
  const path = compileRewrite(match, checkedPattern(match), forward.rewrite)
  return x => DOT_SEGMENT.test(path(x))
}

/** As paths of clients are refused or tidied up: encoded, and with a parameter, too. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:;[^/]*)?(?:\/|$)/i

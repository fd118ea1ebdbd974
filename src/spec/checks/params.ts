import { parsePattern } from '../pattern.ts'
import type { PlacedRoute } from '../placed-route.ts'
import type { Path } from '../problem.ts'
import { kindWritten } from '../segment.ts'
import type { Report } from '../source.ts'
import { didYouMean, listWords } from '../suggest.ts'
import type { RouteDraft } from './draft.ts'

/** Names of the parameters of a route's pattern; undefined where the pattern is not known or wrong. */
export const paramsOf = (route: RouteDraft): readonly string[] | undefined => {
  const kind = kindWritten(route)
  const text = route[kind]
  const pattern = text === undefined ? undefined : parsePattern(text, kind)
  return pattern === undefined || 'error' in pattern ? undefined : pattern.params
}

/** Whether the pattern of a route, or what stands before it, came from outside: then its parameters are not shown. */
export const patternFromOutside = (report: Report, { path, own, scopes }: PlacedRoute): boolean =>
  report.source.fromOutside([...path, kindWritten(own)]) ||
  scopes.some(scope => report.source.fromOutside([...scope.path, 'prefix']))

/** Reports a parameter that the pattern of its route lacks. */
export const checkParam = (report: Report, path: Path, name: string, placed: PlacedRoute): void => {
  const params = paramsOf(placed.route)
  if (params !== undefined && !params.includes(name)) reportParam(report, path, name, params, placed)
}

export const reportParam = (
  report: Report,
  path: Path,
  name: string,
  params: readonly string[],
  placed: PlacedRoute,
): void => {
  // Names are quoted, those of the pattern in the hint.
  const outside = report.source.fromOutside(path) || patternFromOutside(report, placed)
  if (outside) return report.add(path, 'names a parameter that the path lacks')
  const braced = params.map(param => `{${param}}`)
  const known = braced.length === 0 ? 'it has none' : `it has ${listWords(braced, 'and')}`
  report.add(path, `the path has no parameter {${name}}`, { hint: didYouMean(name, params) ?? known })
}

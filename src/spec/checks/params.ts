import { parsePattern } from '../pattern.ts'
import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { didYouMean, listWords } from '../suggest.ts'
import type { RouteDraft } from './draft.ts'

/** Names of the parameters of a route's pattern; undefined where the pattern is not known or wrong. */
export const paramsOf = (route: RouteDraft): readonly string[] | undefined => {
  const kind = kindOf(route)
  const text = route[kind]
  const pattern = text === undefined ? undefined : parsePattern(text, kind)
  return pattern === undefined || 'error' in pattern ? undefined : pattern.params
}

const kindOf = (route: RouteDraft): 'path' | 'prefix' => (route.path === undefined ? 'prefix' : 'path')

/** Reports a parameter that the pattern of its route lacks. `path` is below the route. */
export const checkParam = (report: Report, path: Path, name: string, route: RouteDraft): void => {
  const params = paramsOf(route)
  if (params === undefined || params.includes(name)) return
  const outside = [path, [...path.slice(0, 2), kindOf(route)]].some(report.source.fromOutside)
  if (outside) return report.add(path, 'names a parameter that the path lacks')
  const braced = params.map(param => `{${param}}`)
  const known = braced.length === 0 ? 'it has none' : `it has ${listWords(braced, 'and')}`
  report.add(path, `the path has no parameter {${name}}`, { hint: didYouMean(name, params) ?? known })
}

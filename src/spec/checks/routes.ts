import { parsePattern } from '../pattern.ts'
import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { didYouMean, listWords } from '../suggest.ts'
import { templateParams } from '../template.ts'
import { type ConfigDraft, exactlyOne, type RouteDraft, written } from './draft.ts'
import { checkRespond } from './respond.ts'
import { checkShaping } from './shaping.ts'

const MATCHES = ['path', 'prefix', 'regex']
const ACTIONS = ['to', 'respond', 'redirect', 'aggregate', 'handler']

/** What spans several keys of one route. */
export const checkRoutes = (report: Report, draft: ConfigDraft): void => {
  const names = new Map<string, number>()
  for (const [i, route] of (draft.routes ?? []).entries()) {
    if (route === undefined) continue
    checkRoute(report, ['routes', i], route)
    if (route.name === undefined) continue
    const first = names.get(route.name)
    if (first === undefined) names.set(route.name, i)
    else report.add(['routes', i, 'name'], `the same name as routes[${first}]`)
  }
}

const checkRoute = (report: Report, path: Path, route: RouteDraft): void => {
  if (written(report, path, ['routes']).length > 0) return
  exactlyOne(report, path, MATCHES, '"path", "prefix" or "regex"')
  exactlyOne(report, path, ACTIONS, '"to", "respond", "redirect", "aggregate" or "handler"')
  checkPattern(report, path, route)
  checkTarget(report, path, route)
  checkShaping(report, path, route)
  if (route.respond !== undefined) checkRespond(report, [...path, 'respond'], route.respond)
}

const checkPattern = (report: Report, path: Path, route: RouteDraft): void => {
  const params: string[] = []
  for (const kind of ['path', 'prefix'] as const) {
    const text = route[kind]
    if (text === undefined) continue
    const pattern = parsePattern(text, kind)
    if ('params' in pattern) params.push(...pattern.params)
    else {
      // The parser quotes parts of the pattern.
      const outside = report.source.fromOutside([...path, kind])
      report.add([...path, kind], outside ? 'is not a valid pattern' : pattern.error)
      return
    }
  }
  if (written(report, path, ['regex']).length > 0) return
  checkParams(report, [...path, 'rewrite'], route.rewrite, params)
  const long = written(report, [...path, 'redirect'], ['to']).length > 0
  checkParams(report, [...path, 'redirect', ...(long ? ['to'] : [])], route.redirect?.to, params)
}

const checkParams = (report: Report, path: Path, template: string | undefined, params: readonly string[]): void => {
  const used = templateParams(template ?? '')
  if (used === undefined) report.add(path, 'has a brace without its counterpart; parameters are written {name}')
  for (const name of new Set(used?.map(param => param.name))) {
    if (!params.includes(name)) reportParam(report, path, name, params)
  }
}

const reportParam = (report: Report, path: Path, name: string, params: readonly string[]): void => {
  const known = params.length === 0 ? 'it has none' : `it has ${braced(params)}`
  // Parameter names are quoted in the hint, and the pattern may come from outside as well.
  const outside = ['path', 'prefix'].some(key => report.source.fromOutside([...path.slice(0, 2), key]))
  if (outside || report.source.fromOutside(path)) report.add(path, 'names a parameter that the path lacks')
  else report.add(path, `the path has no parameter {${name}}`, { hint: didYouMean(name, params) ?? known })
}

const braced = (names: readonly string[]): string =>
  listWords(
    names.map(name => `{${name}}`),
    'and',
  )

const checkTarget = (report: Report, path: Path, route: RouteDraft): void => {
  const has = written(report, path, ['prefix', 'to', 'rewrite', 'stripPrefix'])
  if (route.stripPrefix === true && !has.includes('prefix')) {
    report.add([...path, 'stripPrefix'], 'needs "prefix"', { hint: 'use "rewrite" on a path route', on: 'key' })
  }
  if (route.stripPrefix === true && has.includes('rewrite')) {
    report.add([...path, 'rewrite'], 'cannot be combined with "stripPrefix"', { on: 'key' })
  }
  for (const key of has) {
    if ((key === 'rewrite' || key === 'stripPrefix') && !has.includes('to')) {
      report.add([...path, key], 'needs "to"', { hint: 'it changes the path that goes upstream', on: 'key' })
    }
  }
  if (typeof route.to === 'object' && !Object.values(route.to).some(weight => weight !== 0)) {
    report.add([...path, 'to'], 'needs a service with a weight above 0')
  }
}

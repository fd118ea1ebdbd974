import { declinedForNothing, type PlacedRoute } from '../placed-route.ts'
import { type Path, showPath } from '../problem.ts'
import { routeName } from '../route-name.ts'
import type { Report } from '../source.ts'
import { type ConfigDraft, exactlyOne, type RouteDraft, written } from './draft.ts'
import { checkFieldRegexes } from './field-regexes.ts'
import { checkPattern } from './patterns.ts'
import { checkRedirect } from './redirect.ts'
import { checkRespond } from './respond.ts'
import { checkShaping } from './shaping.ts'

const MATCHES = ['path', 'prefix', 'regex']
export const ACTIONS = ['to', 'respond', 'redirect', 'aggregate', 'handler']

/** What spans several keys of one route. */
export const checkRoutes = (report: Report, draft: ConfigDraft, routes: readonly PlacedRoute[]): void => {
  const names = new Map<string, Path>()
  for (const placed of routes) {
    checkRoute(report, placed)
    checkRedirect(report, placed, draft)
    const { path, own, frontend } = placed
    if (own.name === undefined) continue
    const name = routeName(frontend, own.name)
    const first = names.get(name)
    if (first === undefined) names.set(name, path)
    else report.add([...path, 'name'], `the same name as ${showPath(first)}`)
  }
}

const checkRoute = (report: Report, placed: PlacedRoute): void => {
  const { path, route } = placed
  exactlyOne(report, path, MATCHES, '"path", "prefix" or "regex"')
  exactlyOne(report, path, ACTIONS, '"to", "respond", "redirect", "aggregate" or "handler"')
  checkPattern(report, placed)
  checkFieldRegexes(report, placed)
  checkTarget(report, path, route)
  checkHandler(report, path, route)
  checkShaping(report, placed)
  for (const key of declinedForNothing(placed)) {
    report.add([...path, key], 'declines what nothing hands down', { severity: 'warning', hint: 'leave it out' })
  }
  if (route.respond !== undefined) checkRespond(report, [...path, 'respond'], route.respond)
}

/** What is written may be right; what answers is code, which stands beside it. */
const checkHandler = (report: Report, path: Path, { handler }: RouteDraft): void => {
  const at = [...path, 'handler']
  if (handler === undefined || report.source.typed?.(at) !== undefined) return
  report.add(at, 'has no code: only a configuration in TypeScript can have handlers', {
    hint: 'write handler(request => ...) there, of "sallyport"',
    on: 'key',
  })
}

const checkTarget = (report: Report, path: Path, route: RouteDraft): void => {
  const has = written(report, path, ['prefix', 'to', 'rewrite', 'rewriteHost', 'stripPrefix'])
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
  if (has.includes('rewriteHost') && !has.includes('to')) {
    report.add([...path, 'rewriteHost'], 'needs "to"', { hint: 'it is the "Host" that goes upstream', on: 'key' })
  }
  if (typeof route.to === 'object' && !Object.values(route.to).some(weight => weight !== 0)) {
    report.add([...path, 'to'], 'needs a service with a weight above 0')
  }
}

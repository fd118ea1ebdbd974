import { parsePattern } from '../pattern.ts'
import type { PlacedRoute } from '../placed-route.ts'
import type { Path } from '../problem.ts'
import { PATTERN_KINDS } from '../segment.ts'
import type { Report } from '../source.ts'
import { templateParams } from '../template.ts'
import { written } from './draft.ts'
import { patternFromOutside, reportParam } from './params.ts'

/** The pattern of a route, with what stands before it, and the places that its parameters are put in. */
export const checkPattern = (report: Report, placed: PlacedRoute): void => {
  const { path, own, route } = placed
  const params: string[] = []
  for (const kind of PATTERN_KINDS) {
    const [text, whole] = [own[kind], route[kind]]
    if (text === undefined || whole === undefined) continue
    const alone = parsePattern(text, kind)
    // What is before it is looked at by itself.
    const pattern = 'error' in alone || !prefixesAreRight(placed) ? alone : parsePattern(whole, kind)
    if ('params' in pattern) params.push(...pattern.params)
    else {
      // The parser quotes parts of the pattern.
      report.add([...path, kind], patternFromOutside(report, placed) ? 'is not a valid pattern' : pattern.error)
      return
    }
  }
  checkLeftOut(report, placed)
  checkPlaces(report, placed, [...path, 'rewrite'], own.rewrite, params)
  const long = written(report, [...path, 'redirect'], ['to']).length > 0
  checkPlaces(report, placed, [...path, 'redirect', ...(long ? ['to'] : [])], own.redirect?.to, params)
}

/** Where the rest of a path begins that an expression takes, only its groups can tell. */
const checkLeftOut = (report: Report, { path, own, scopes }: PlacedRoute): void => {
  if (own.regex === undefined || own.to === undefined || own.rewrite !== undefined) return
  if (!scopes.some(({ draft }) => draft.stripPrefix === true)) return
  report.add([...path, 'regex'], 'needs "rewrite", as the prefix of what is around it is left out upstream', {
    hint: 'such as regex: "/(?<rest>.*)" and rewrite: "/{rest}"',
    on: 'key',
  })
}

const prefixesAreRight = ({ scopes }: PlacedRoute): boolean =>
  scopes.every(({ draft }) => draft.prefix === undefined || 'params' in parsePattern(draft.prefix, 'prefix'))

const checkPlaces = (
  report: Report,
  placed: PlacedRoute,
  path: Path,
  template: string | undefined,
  params: readonly string[],
): void => {
  const used = templateParams(template ?? '')
  if (used === undefined) report.add(path, 'has a brace without its counterpart; parameters are written {name}')
  for (const name of new Set(used?.map(param => param.name))) {
    if (!params.includes(name)) reportParam(report, path, name, params, placed)
  }
}

import { parsePattern } from '../pattern.ts'
import type { PlacedGroup } from '../placed-route.ts'
import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { reportUnused } from './draft.ts'
import { ACTIONS } from './routes.ts'

const OF_ROUTES = [...ACTIONS, 'name', 'path', 'regex', 'methods', 'headers', 'query', 'priority', 'split', 'fault']

/** Groups hand down a prefix, hosts and policies; what else routes have is written at each of them. */
export const checkGroups = (report: Report, groups: readonly PlacedGroup[]): void => {
  for (const { path, draft } of groups) {
    reportUnused(
      report,
      path,
      [...OF_ROUTES, 'rewrite', 'rewriteHost'],
      'is not handed down by a group; write it at its routes',
    )
    checkPrefix(report, path, draft.prefix)
    checkStripped(report, path, draft)
    if (draft.routes?.length === 0) warnOfNone(report, path, 'group')
  }
}

/** The pattern before those of routes. */
export const checkPrefix = (report: Report, path: Path, prefix: string | undefined): void => {
  const pattern = prefix === undefined ? undefined : parsePattern(prefix, 'prefix')
  if (pattern === undefined || 'params' in pattern) return
  const at = [...path, 'prefix']
  report.add(at, report.source.fromOutside(at) ? 'is not a valid pattern' : pattern.error)
}

export const checkStripped = (
  report: Report,
  path: Path,
  { stripPrefix, prefix }: { readonly stripPrefix?: boolean | undefined; readonly prefix?: string | undefined },
): void => {
  if (stripPrefix === true && prefix === undefined)
    report.add([...path, 'stripPrefix'], 'needs "prefix"', { on: 'key' })
}

export const warnOfNone = (report: Report, path: Path, what: string): void =>
  report.add([...path, 'routes'], `is empty, so the ${what} answers nothing`, { severity: 'warning' })

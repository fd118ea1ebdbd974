import type { Path } from '../problem.ts'
import { type Report, valueAt } from '../source.ts'
import { didYouMean } from '../suggest.ts'
import type { ConfigDraft, RouteDraft } from './draft.ts'

/** Names of services and ways of authentication, wherever they are referred to, must exist. */
export const checkReferences = (report: Report, draft: ConfigDraft): void => {
  const check: Check = {
    service: (path, name, on = 'value') => mustExist(report, path, name, on, 'service', namesIn(report, 'services')),
    auth: (path, refs) => {
      const names = [...namesIn(report, 'auth'), 'none']
      for (const [at, name] of each(path, refs)) mustExist(report, at, name, 'value', 'auth', names)
    },
  }
  check.auth(['defaults', 'auth'], draft.defaults?.auth)
  checkRoutes(check, ['routes'], draft.routes)
  for (const [name, frontend] of Object.entries(draft.frontends ?? {})) {
    check.auth(['frontends', name, 'auth'], frontend?.auth)
    checkRoutes(check, ['frontends', name, 'routes'], frontend?.routes)
  }
}

interface Check {
  service(path: Path, name: string, on?: 'key' | 'value'): void
  auth(path: Path, refs: string | readonly (string | undefined)[] | undefined): void
}

const checkRoutes = (check: Check, path: Path, routes: readonly (RouteDraft | undefined)[] | undefined): void => {
  for (const [i, route] of (routes ?? []).entries()) if (route !== undefined) checkRoute(check, [...path, i], route)
}

const checkRoute = (check: Check, path: Path, route: RouteDraft): void => {
  if (typeof route.to === 'string') check.service([...path, 'to'], route.to)
  else for (const name of Object.keys(route.to ?? {})) check.service([...path, 'to', name], name, 'key')
  for (const [name, branch] of Object.entries(route.aggregate?.branches ?? {})) {
    if (branch?.to !== undefined) check.service([...path, 'aggregate', 'branches', name, 'to'], branch.to)
  }
  check.auth([...path, 'auth'], route.auth)
  checkRoutes(check, [...path, 'routes'], route.routes)
}

/** Names as written: a service with a mistake in it exists all the same. */
const namesIn = (report: Report, key: string): string[] => Object.keys(valueAt(report.source.document, [key]) ?? {})

const each = (path: Path, refs: string | readonly (string | undefined)[] | undefined): [Path, string][] => {
  if (typeof refs === 'string') return [[path, refs]]
  return (refs ?? []).flatMap((name, i): [Path, string][] => (name === undefined ? [] : [[[...path, i], name]]))
}

const mustExist = (
  report: Report,
  path: Path,
  name: string,
  on: 'key' | 'value',
  what: string,
  known: readonly string[],
): void => {
  if (known.includes(name)) return
  const outside = report.source.fromOutside(path)
  const hint = outside ? undefined : didYouMean(name, known)
  report.add(path, `unknown ${what} ${report.show(path, name)}`, {
    hint: hint ?? `add it to "${what === 'auth' ? what : `${what}s`}"`,
    on,
  })
}

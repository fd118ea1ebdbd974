import type { Path } from '../problem.ts'
import { type Report, valueAt } from '../source.ts'
import { didYouMean } from '../suggest.ts'
import type { ConfigDraft, WrittenRoute } from './draft.ts'

/** Names of services, wherever they are referred to, must exist. */
export const checkReferences = (report: Report, draft: ConfigDraft): void => {
  const known = namesIn(report, 'services')
  const check: Check = (path, name, on = 'value') => mustExist(report, path, name, on, 'service', known)
  for (const [name, service] of Object.entries(draft.services ?? {})) {
    if (service?.fallback?.to !== undefined) check(['services', name, 'fallback', 'to'], service.fallback.to)
  }
  checkRoutes(check, ['routes'], draft.routes)
  for (const [name, frontend] of Object.entries(draft.frontends ?? {})) {
    checkRoutes(check, ['frontends', name, 'routes'], frontend?.routes)
  }
}

type Check = (path: Path, service: string, on?: 'key' | 'value') => void

const checkRoutes = (check: Check, path: Path, routes: readonly (WrittenRoute | undefined)[] | undefined): void => {
  for (const [i, route] of (routes ?? []).entries()) if (route !== undefined) checkRoute(check, [...path, i], route)
}

const checkRoute = (check: Check, path: Path, route: WrittenRoute): void => {
  if (typeof route.to === 'string') check([...path, 'to'], route.to)
  else for (const name of Object.keys(route.to ?? {})) check([...path, 'to', name], name, 'key')
  for (const [name, branch] of Object.entries(route.aggregate?.branches ?? {})) {
    if (branch?.to !== undefined) check([...path, 'aggregate', 'branches', name, 'to'], branch.to)
  }
  checkRoutes(check, [...path, 'routes'], route.routes)
}

/** Names as written: a service with a mistake in it exists all the same. */
export const namesIn = (report: Report, key: string): string[] =>
  Object.keys(valueAt(report.source.document, [key]) ?? {})

/** Reports a name that is not among those that are `known`, with what was probably meant. */
export const mustExist = (
  report: Report,
  path: Path,
  name: string,
  on: 'key' | 'value',
  what: 'service' | 'auth' | 'consumer' | 'listener',
  known: readonly string[],
): void => {
  if (known.includes(name)) return
  const outside = report.source.fromOutside(path)
  const hint = outside ? undefined : didYouMean(name, known)
  report.add(path, `unknown ${what} ${report.show(path, name)}`, {
    hint: hint ?? `add it to "${what === 'auth' ? what : `${what}s`}"`,
    on,
    code: 'unknown-name',
  })
}

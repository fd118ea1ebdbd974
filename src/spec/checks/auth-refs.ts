import { type AuthRefDraft, NONE, namesInRef, OPTIONAL } from '../auth-rule.ts'
import type { Path } from '../problem.ts'
import { type Report, valueAt } from '../source.ts'
import { type ConfigDraft, exactlyOne, type WrittenRoute } from './draft.ts'
import { mustExist, namesIn } from './references.ts'

/** Names of ways, wherever they are referred to, must exist and make sense together. */
export const checkAuthRefs = (report: Report, draft: ConfigDraft): void => {
  const ways = namesIn(report, 'auth')
  const check = (path: Path, ref: AuthRefDraft | undefined): void => checkRef(report, path, ref, ways)
  check(['defaults', 'auth'], draft.defaults?.auth)
  checkRoutes(check, ['routes'], draft.routes)
  for (const [name, frontend] of Object.entries(draft.frontends ?? {})) {
    check(['frontends', name, 'auth'], frontend?.auth)
    checkRoutes(check, ['frontends', name, 'routes'], frontend?.routes)
  }
}

type Check = (path: Path, ref: AuthRefDraft | undefined) => void

const checkRoutes = (check: Check, path: Path, routes: readonly (WrittenRoute | undefined)[] | undefined): void => {
  for (const [i, route] of (routes ?? []).entries()) {
    check([...path, i, 'auth'], route?.auth)
    checkRoutes(check, [...path, i, 'routes'], route?.routes)
  }
}

const checkRef = (report: Report, path: Path, ref: AuthRefDraft | undefined, ways: readonly string[]): void => {
  if (isMap(valueAt(report.source.document, path))) exactlyOne(report, path, ['any', 'all'], '"any" or "all"')
  const named = namesInRef(path, ref)
  const seen = new Set<string>()
  for (const { path: at, name } of named) {
    if (seen.has(name)) report.add(at, `names ${report.show(at, name)} twice`)
    else if (name === NONE && named.length > 1) {
      report.add(at, '"none" cannot stand beside other ways', {
        hint: 'to let requests without a credential pass, write "optional" in its place',
      })
    } else if (name === OPTIONAL && ways.length === 0) {
      report.add(at, 'there is no way to prove anything that could be optional', { hint: 'add one to "auth"' })
    } else mustExist(report, at, name, 'value', 'auth', [...ways, NONE, OPTIONAL])
    seen.add(name)
  }
}

const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

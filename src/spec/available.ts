import type { Path } from './problem.ts'
import { type Report, valueAt } from './source.ts'

/**
 * What the language has and the gateway does not do yet. Building a feature ends with removing its row here.
 * `*` is any name, `[]` any position.
 */
const NOT_YET = ['listeners.*.tls.clientCa', 'frontends.*.cache']

/** The same for routes, those of groups and frontends included. */
const NOT_YET_OF_ROUTES = ['cache']

/** Reports each use of what is not there yet, rather than accepting it in silence. */
export const checkAvailable = (report: Report): void => {
  const { document } = report.source
  const found = (path: Path): void => report.add(path, 'not available yet', { on: 'key', code: 'not-available' })
  for (const at of NOT_YET) visit(document, at.split('.'), [], found)
  for (const around of ['routes', 'frontends.*.routes']) {
    visit(document, around.split('.'), [], path => visitRoutes(valueAt(document, path), path, found))
  }
}

const visitRoutes = (routes: unknown, path: Path, found: Found): void => {
  for (const at of NOT_YET_OF_ROUTES) visit(routes, ['[]', ...at.split('.')], path, found)
  visit(routes, ['[]', 'routes'], path, inner => {
    visitRoutes(valueAt(routes, inner.slice(path.length)), inner, found)
  })
}

type Found = (path: Path) => void

const visit = (value: unknown, steps: readonly string[], path: Path, found: Found): void => {
  const [step, ...rest] = steps
  if (step === undefined) found(path)
  else for (const [key, item] of members(value, step)) visit(item, rest, [...path, key], found)
}

const members = (value: unknown, step: string): [string | number, unknown][] => {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return step === '[]' ? [...value.entries()] : []
  return Object.entries(value).filter(([key]) => step === '*' || step === key)
}

import type { Path } from './problem.ts'
import type { Report } from './source.ts'

/**
 * What the language has and the gateway does not do yet. Building a feature ends with removing its row here.
 * `*` is any name, `[]` any position.
 */
const NOT_YET = [
  'listeners.*.tls.clientCa',
  'frontends',
  'routes.[].regex',
  'routes.[].headers.*.regex',
  'routes.[].query.*.regex',
  'routes.[].aggregate',
  'routes.[].handler',
  'routes.[].cache',
  'routes.[].routes',
]

/** Reports each use of what is not there yet, rather than accepting it in silence. */
export const checkAvailable = (report: Report): void => {
  for (const at of NOT_YET) {
    visit(report.source.document, at.split('.'), [], path => {
      report.add(path, 'not available yet', { on: 'key' })
    })
  }
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

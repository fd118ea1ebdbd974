import type { Path } from './problem.ts'
import type { Report } from './source.ts'

/**
 * What the language has and the gateway does not do yet. Building a feature ends with removing its row here.
 * `*` is any name, `[]` any position; `fine` are the values that need nothing.
 */
const NOT_YET: readonly { readonly at: string; readonly fine?: readonly unknown[] }[] = [
  { at: 'listeners.*.tls.clientCa' },
  { at: 'services.*.balance', fine: ['round-robin'] },
  { at: 'services.*.health' },
  { at: 'services.*.outliers' },
  { at: 'services.*.breaker' },
  { at: 'services.*.retry' },
  { at: 'frontends' },
  { at: 'routes.[].regex' },
  { at: 'routes.[].headers.*.regex' },
  { at: 'routes.[].query.*.regex' },
  { at: 'routes.[].aggregate' },
  { at: 'routes.[].handler' },
  { at: 'routes.[].cache' },
  { at: 'routes.[].retry' },
  { at: 'routes.[].routes' },
]

/** Reports each use of what is not there yet, rather than accepting it in silence. */
export const checkAvailable = (report: Report): void => {
  for (const { at, fine = [] } of NOT_YET) {
    visit(report.source.document, at.split('.'), [], (path, value) => {
      if (!fine.includes(value)) report.add(path, 'not available yet', { on: 'key' })
    })
  }
}

type Found = (path: Path, value: unknown) => void

const visit = (value: unknown, steps: readonly string[], path: Path, found: Found): void => {
  const [step, ...rest] = steps
  if (step === undefined) found(path, value)
  else for (const [key, item] of members(value, step)) visit(item, rest, [...path, key], found)
}

const members = (value: unknown, step: string): [string | number, unknown][] => {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return step === '[]' ? [...value.entries()] : []
  return Object.entries(value).filter(([key]) => step === '*' || step === key)
}

import type { Path } from '../problem.ts'
import { type Report, valueAt } from '../source.ts'
import { closest } from '../suggest.ts'
import { type ConfigDraft, exactlyOne, type RouteDraft, written } from './draft.ts'
import { openHint, type Proof } from './proof.ts'
import { mustExist, namesIn } from './references.ts'
import { livesInRedis } from './state.ts'

const CONDITIONS = ['roles', 'scopes', 'consumers', 'claims']

/** Whether the conditions of a route can be met at all. `here`: where to tell what is so on this route alone. */
export const checkAccess = (
  report: Report,
  path: Path,
  here: Path,
  access: NonNullable<RouteDraft['access']>,
  proof: Proof | undefined,
  draft: ConfigDraft,
): void => {
  const conditions = written(report, path, CONDITIONS)
  if (conditions.length === 0) report.add(path, 'needs "roles", "scopes", "consumers" or "claims"')
  for (const key of ['roles', 'scopes'] as const) {
    const at = [...path, key]
    if (isMap(valueAt(report.source.document, at))) exactlyOne(report, at, ['any', 'all'], '"any" or "all"')
  }
  if (proof?.open === true) {
    const inherited = here !== path ? '; or decline it: "access: none"' : ''
    report.add(here, 'nobody proves who they are on this route, so nobody could pass', {
      hint: openHint(report) + inherited,
      on: 'key',
    })
  } else if (proof !== undefined) checkMeans(report, path, here, conditions, proof)
  checkConsumers(report, path, access.consumers ?? [], draft)
}

const checkMeans = (report: Report, path: Path, here: Path, conditions: readonly string[], proof: Proof): void => {
  const at = (key: string): Path => (here === path ? [...path, key] : here)
  if (conditions.includes('claims') && !proof.claims) {
    report.add(at('claims'), 'no token is asked for on this route, so there are no claims', {
      hint: 'accept a way with "jwt"',
      on: 'key',
    })
  }
  if (conditions.includes('consumers') && !proof.consumer) {
    report.add(at('consumers'), 'no way that this route accepts names a consumer', {
      hint: 'accept one with "apiKey", or set "consumerClaim" of the "jwt"',
      on: 'key',
    })
  }
}

const checkConsumers = (
  report: Report,
  path: Path,
  consumers: readonly (string | undefined)[],
  draft: ConfigDraft,
): void => {
  const known = namesIn(report, 'consumers')
  const list = Array.isArray(valueAt(report.source.document, [...path, 'consumers']))
  for (const [i, name] of consumers.entries()) {
    if (name === undefined) continue
    const at = [...path, 'consumers', ...(list ? [i] : [])]
    if (!livesInRedis(draft)) mustExist(report, at, name, 'value', 'consumer', known)
    else if (!known.includes(name)) warnOfSlip(report, at, name, known)
  }
}

/** Consumers may then be in Redis alone; what is nearly a name in this file is probably a slip all the same. */
const warnOfSlip = (report: Report, path: Path, name: string, known: readonly string[]): void => {
  const meant = report.source.fromOutside(path) ? undefined : closest(name, known)
  if (meant === undefined) return
  report.add(path, `there is no consumer ${report.show(path, name)} in this file`, {
    severity: 'warning',
    hint: `did you mean "${meant}"?`,
  })
}

const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

import { isWildcard } from '../entry.ts'
import { parsePattern } from '../pattern.ts'
import type { PlacedRoute } from '../placed-route.ts'
import { type Path, showPath } from '../problem.ts'
import type { Report } from '../source.ts'
import type { FrontendSpec } from '../spec.ts'
import { type ConfigDraft, type FrontendDraft, written } from './draft.ts'
import { checkPrefix, checkStripped, warnOfNone } from './groups.ts'
import { mustExist, namesIn } from './references.ts'

/** Each frontend by itself: what it claims, and whether its routes lie within that. */
export const checkFrontends = (report: Report, draft: ConfigDraft, routes: readonly PlacedRoute[]): void => {
  for (const [name, frontend] of Object.entries(draft.frontends ?? {})) {
    if (frontend !== undefined) checkFrontend(report, ['frontends', name], frontend)
  }
  for (const placed of routes) {
    const claimed = placed.frontend === '' ? undefined : draft.frontends?.[placed.frontend]?.hosts
    if (claimed !== undefined) checkHosts(report, placed, claimed)
  }
}

const checkFrontend = (report: Report, path: Path, frontend: FrontendDraft): void => {
  if (written(report, path, ['hosts', 'prefix', 'listener']).length === 0) {
    report.add(path, 'needs "hosts", "prefix" or "listener", by which its requests are known')
  }
  checkPrefix(report, path, frontend.prefix)
  checkLiteral(report, path, frontend.prefix)
  checkStripped(report, path, frontend)
  checkListeners(report, [...path, 'listener'], frontend.listener)
  if ((frontend.routes ?? []).length === 0) warnOfNone(report, path, 'frontend')
}

const checkLiteral = (report: Report, path: Path, prefix: string | undefined): void => {
  const pattern = prefix === undefined ? undefined : parsePattern(prefix, 'prefix')
  if (pattern === undefined || 'error' in pattern || pattern.params.length === 0) return
  report.add([...path, 'prefix'], 'has a parameter, though all below it is claimed', {
    hint: 'write parameters in the paths of its routes',
  })
}

const checkListeners = (report: Report, path: Path, names: FrontendDraft['listener']): void => {
  const known = namesIn(report, 'listeners')
  const all = known.length === 0 ? ['web'] : known
  const list = Array.isArray(names) && names.length > 1
  for (const [i, name] of (names ?? []).entries()) {
    if (name !== undefined) mustExist(report, list ? [...path, i] : path, name, 'value', 'listener', all)
  }
}

/** A route for another host would take no request, since none of them is its frontend's. */
const checkHosts = (report: Report, { path, own }: PlacedRoute, claimed: readonly (string | undefined)[]): void => {
  for (const [i, host] of (own.hosts ?? []).entries()) {
    if (host === undefined || claimed.some(one => one === undefined || coversHost(one, host))) continue
    report.add([...path, 'hosts', i], 'is no host of its frontend', {
      hint: 'add it there, or write the route elsewhere',
    })
  }
}

/** Whether all hosts that `b` stands for are among those of `a`. */
export const coversHost = (a: string, b: string): boolean =>
  a === '' || a === b || (isWildcard(a) && b.endsWith(a.slice(1)))

/** Two frontends that claim the same: which one a request belongs to could not be told. */
export const checkClaims = (report: Report, frontends: readonly FrontendSpec[]): void => {
  for (const [i, frontend] of frontends.entries()) {
    const twin = frontends.slice(0, i).find(other => claimTheSame(other, frontend))
    if (twin === undefined) continue
    report.add(['frontends', frontend.name], `claims the same requests as ${showPath(['frontends', twin.name])}`, {
      hint: 'tell them apart by "hosts", "prefix" or "listener"',
      on: 'key',
    })
  }
}

const claimTheSame = (a: FrontendSpec, b: FrontendSpec): boolean =>
  a.prefix === b.prefix && meet(a.hosts, b.hosts) && meet(a.listeners, b.listeners)

/** Both any, or one in both: of a claim for any and one for some, the latter is more specific. */
const meet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === 0 ? b.length === 0 : a.some(item => b.includes(item))

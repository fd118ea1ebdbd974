import { parseAffinity } from '../parse-affinity.ts'
import type { PlacedRoute } from '../placed-route.ts'
import { type Path, showPath } from '../problem.ts'
import type { Report } from '../source.ts'
import type { AffinitySpec } from '../spec-resilience.ts'
import type { ConfigDraft } from './draft.ts'
import { checkParam, paramsOf } from './params.ts'
import type { Proof, ProofOf } from './proof.ts'

type ByService = ReadonlyMap<string, readonly PlacedRoute[]>

/** What decides the target, or the service of a split, must be there on the routes that it is for. */
export const checkAffinities = (
  report: Report,
  draft: ConfigDraft,
  routes: readonly PlacedRoute[],
  byService: ByService,
  proofOf: ProofOf,
): void => {
  for (const [name, service] of Object.entries(draft.services ?? {})) {
    const balance = service?.balance
    if (typeof balance !== 'object' || balance.hash === undefined) continue
    const path = ['services', name, 'balance', 'hash']
    checkHash(report, path, parseAffinity(balance.hash), byService.get(name) ?? [], proofOf)
  }
  for (const placed of routes) {
    const sticky = placed.own.split?.sticky
    if (sticky === undefined) continue
    const at = [...placed.path, 'split', 'sticky']
    const affinity = parseAffinity(sticky)
    if (affinity.kind === 'param') checkParam(report, at, affinity.name, placed)
    else warnOfMissing(report, at, affinity, proofOf(placed), 'this route')
  }
}

const checkHash = (
  report: Report,
  path: Path,
  affinity: AffinitySpec,
  routes: readonly PlacedRoute[],
  proofOf: ProofOf,
): void => {
  if (affinity.kind === 'param') return checkHashParam(report, path, affinity.name, routes)
  const without = routes.find(placed => missing(affinity, proofOf(placed)))
  if (without === undefined) return
  warnOfMissing(report, path, affinity, proofOf(without), showPath(without.path))
}

const checkHashParam = (report: Report, path: Path, name: string, routes: readonly PlacedRoute[]): void => {
  const params = routes.map(({ route }) => paramsOf(route))
  if (params.length === 0 || params.some(names => names === undefined || names.includes(name))) return
  const what = report.source.fromOutside(path) ? 'this parameter' : `a parameter {${name}}`
  report.add(path, `no route to this service has ${what}`, {
    severity: 'warning',
    hint: 'name one of the "path" or "prefix" of its routes',
  })
}

const missing = ({ kind }: AffinitySpec, proof: Proof | undefined): boolean => {
  if (proof === undefined) return false
  return kind === 'consumer' ? proof.open : kind === 'claim' && !proof.claims
}

const warnOfMissing = (
  report: Report,
  path: Path,
  affinity: AffinitySpec,
  proof: Proof | undefined,
  where: string,
): void => {
  if (!missing(affinity, proof)) return
  const consumer = affinity.kind === 'consumer'
  const message = consumer
    ? `nobody proves who they are on ${where}, so there is no consumer`
    : `no token is asked for on ${where}, so there are no claims`
  const hint = consumer ? 'set "auth" there, or use "ip"' : 'accept a way with "jwt" there, or use "ip"'
  report.add(path, message, { severity: 'warning', hint })
}

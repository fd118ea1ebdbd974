import type { Report } from '../source.ts'
import { checkAccess } from './access.ts'
import { checkAffinities } from './affinity.ts'
import { routesByService } from './by-service.ts'
import { checkDeadlines } from './deadlines.ts'
import type { ConfigDraft } from './draft.ts'
import { checkLimits } from './limits.ts'
import { proofs } from './proof.ts'
import { checkCors, checkIp } from './traffic.ts'

/** What each route asks of its requests, and what services need to know of those. */
export const checkPolicies = (report: Report, draft: ConfigDraft): void => {
  const proofOf = proofs(report, draft)
  const routes = routesByService(draft)
  checkAffinities(report, draft, routes, proofOf)
  checkDeadlines(report, draft, routes)
  for (const [i, route] of (draft.routes ?? []).entries()) {
    if (route === undefined) continue
    const path = ['routes', i]
    const proof = proofOf(path, route)
    if (route.access !== undefined) checkAccess(report, [...path, 'access'], route.access, proof, draft)
    checkLimits(report, path, route, proof, draft)
    if (route.cors !== undefined) checkCors(report, [...path, 'cors'], route.cors)
    if (route.ip !== undefined) checkIp(report, [...path, 'ip'])
  }
}

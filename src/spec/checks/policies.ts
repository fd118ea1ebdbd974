import { onRoute, type PlacedRoute, placeOf } from '../placed-route.ts'
import type { Report } from '../source.ts'
import { checkAccess } from './access.ts'
import { checkAffinities } from './affinity.ts'
import { checkAggregates } from './aggregate.ts'
import { routesByService } from './by-service.ts'
import { checkDeadlines } from './deadlines.ts'
import type { ConfigDraft } from './draft.ts'
import { checkFields } from './fields.ts'
import { checkHeaderEdits } from './header-edits.ts'
import { checkLimits } from './limits.ts'
import { type ProofOf, proofs } from './proof.ts'
import { checkCors, checkIp } from './traffic.ts'

/** What each route asks of its requests, and what services and parts need to know of those. */
export const checkPolicies = (report: Report, draft: ConfigDraft, routes: readonly PlacedRoute[]): void => {
  const proofOf = proofs(report, draft)
  const byService = routesByService(routes)
  checkAffinities(report, draft, routes, byService, proofOf)
  checkDeadlines(report, draft, routes, byService)
  for (const placed of routes) checkRoute(report, placed, proofOf, draft)
  checkAggregates(report, draft, routes, proofOf)
}

const checkRoute = (report: Report, placed: PlacedRoute, proofOf: ProofOf, draft: ConfigDraft): void => {
  const { access, cors, ip, fields } = placed.route
  const proof = proofOf(placed)
  if (access !== undefined) {
    const path = placeOf(placed, 'access')
    checkAccess(report, path, onRoute(placed, 'access', path), access, proof, draft)
  }
  checkLimits(report, placed, proof, draft)
  if (cors !== undefined) checkCors(report, placeOf(placed, 'cors'), cors)
  if (ip !== undefined) checkIp(report, placeOf(placed, 'ip'))
  if (fields !== undefined) checkFields(report, placed)
  checkHeaderEdits({ report, draft, placed, proof })
}

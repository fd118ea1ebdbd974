import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { checkBalance } from './balance.ts'
import { checkBreaker } from './breaker.ts'
import type { ConfigDraft, ServiceDraft } from './draft.ts'
import { checkFallback } from './fallback.ts'
import { checkHealth } from './health.ts'
import { checkOutliers } from './outliers.ts'
import { checkServiceRetry } from './retry.ts'
import { checkTargets } from './targets.ts'
import { checkConnections, checkTimeouts } from './timeouts.ts'

/** What spans several keys of one service. */
export const checkServices = (report: Report, draft: ConfigDraft): void => {
  for (const [name, service] of Object.entries(draft.services ?? {})) {
    if (service !== undefined) checkService(report, ['services', name], service)
  }
}

const checkService = (report: Report, path: Path, service: ServiceDraft): void => {
  checkTargets(report, path, service)
  checkBalance(report, path, service)
  if (service.health !== undefined) checkHealth(report, [...path, 'health'], service.health)
  if (service.outliers !== undefined) checkOutliers(report, [...path, 'outliers'], service.outliers, service)
  if (service.breaker !== undefined) checkBreaker(report, [...path, 'breaker'], service.breaker, service)
  if (service.targetBreaker !== undefined) {
    checkBreaker(report, [...path, 'targetBreaker'], service.targetBreaker, service)
  }
  if (service.retry !== undefined) checkServiceRetry(report, [...path, 'retry'], service.retry, service)
  if (service.fallback !== undefined) checkFallback(report, [...path, 'fallback'], service.fallback)
  checkTimeouts(report, path, service)
  checkConnections(report, [...path, 'connections'], service)
}

import { nameId } from '../../base/headers.ts'
import { onRoute, type PlacedRoute, placeOf } from '../placed-route.ts'
import { type Path, showPath } from '../problem.ts'
import type { Report } from '../source.ts'
import { showDuration } from '../units.ts'
import { servicesOf } from './by-service.ts'
import type { ConfigDraft, RouteDraft, ServiceDraft } from './draft.ts'

type ByService = ReadonlyMap<string, readonly PlacedRoute[]>

/** Times of routes and times of the services they forward to, beside each other. */
export const checkDeadlines = (
  report: Report,
  draft: ConfigDraft,
  routes: readonly PlacedRoute[],
  byService: ByService,
): void => {
  for (const [name, service] of Object.entries(draft.services ?? {})) {
    if (service?.deadlineHeader === undefined) continue
    checkDeadlineHeader(report, ['services', name, 'deadlineHeader'], service, byService.get(name) ?? [])
  }
  for (const placed of routes) checkRoute(report, placed, draft)
}

const checkDeadlineHeader = (
  report: Report,
  path: Path,
  { deadlineHeader = '', timeout, retry }: ServiceDraft,
  routes: readonly PlacedRoute[],
): void => {
  const header = deadlineHeader.toLowerCase()
  if (header !== GRPC && (nameId(header) !== 0 || TAKEN.test(header))) {
    report.add(path, 'this header already means something else', { hint: 'use a name such as x-request-timeout-ms' })
  }
  // In gRPC clients say how long they wait.
  if (header === GRPC || timeout?.total !== 0) return
  if (retry?.perTry !== undefined || routes.some(({ route }) => isBounded(route))) return
  report.add(path, 'nothing here bounds the time of a request, so only what clients say is passed on', {
    severity: 'warning',
    hint: 'set "timeout: { total: 30s }" of the service, or "timeout" of its routes',
    on: 'key',
  })
}

const GRPC = 'grpc-timeout'
const TAKEN = /^(sec|proxy|x-forwarded|x-claim)-/

const isBounded = ({ timeout, retry, aggregate }: RouteDraft): boolean =>
  aggregate !== undefined || (timeout ?? 0) > 0 || (typeof retry === 'object' && retry.perTry !== undefined)

const checkRoute = (report: Report, placed: PlacedRoute, { services }: ConfigDraft): void => {
  const { route } = placed
  const total = route.timeout ?? 0
  const own = typeof route.retry === 'object' ? route.retry.perTry : undefined
  const perTry = onRoute(placed, 'retry', [...placeOf(placed, 'retry'), 'perTry'])
  if (own !== undefined && total > 0 && own > total) {
    report.add(perTry, `is longer than the route's timeout (${showDuration(total)})`)
  }
  for (const name of servicesOf(route)) {
    const service = services !== undefined && Object.hasOwn(services, name) ? services[name] : undefined
    const bound = total > 0 ? total : (service?.timeout?.total ?? 0)
    if (service === undefined || bound === 0) continue
    if (own !== undefined && total === 0 && own > bound) warnOfOwn(report, perTry, name, bound)
    const theirs = route.retry === undefined ? (service.retry?.perTry ?? 0) : 0
    if (total > 0 && theirs > total) warnOfTheirs(report, placeOf(placed, 'timeout'), name, theirs)
  }
}

const warnOfOwn = (report: Report, path: Path, service: string, bound: number): void => {
  const where = showPath(['services', service, 'timeout', 'total'])
  report.add(path, `no try takes that long: ${where} is ${showDuration(bound)}`, {
    severity: 'warning',
    hint: 'make it shorter, or set "timeout" of the route',
  })
}

const warnOfTheirs = (report: Report, path: Path, service: string, perTry: number): void => {
  const where = showPath(['services', service, 'retry', 'perTry'])
  report.add(path, `ends before a single try may: ${where} is ${showDuration(perTry)}`, {
    severity: 'warning',
    hint: 'make it longer, or set "retry" of the route',
  })
}

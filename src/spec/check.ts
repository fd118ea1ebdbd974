import { availableParallelism } from 'node:os'
import { checkAvailable } from './available.ts'
import { buildSpec } from './build.ts'
import { buildFrontends } from './build-frontends.ts'
import { buildRoutes } from './build-route.ts'
import { checkAuth } from './checks/auth.ts'
import { checkAuthRefs } from './checks/auth-refs.ts'
import { checkBypass } from './checks/bypass.ts'
import { checkClaimed } from './checks/claimed.ts'
import { checkConsumers } from './checks/consumers.ts'
import { checkFallbackCircles } from './checks/fallback.ts'
import { checkClaims, checkFrontends } from './checks/frontends.ts'
import { checkGroups } from './checks/groups.ts'
import { checkListeners } from './checks/listeners.ts'
import { checkOverlap } from './checks/overlap.ts'
import { checkPlugins } from './checks/plugins.ts'
import { checkPolicies } from './checks/policies.ts'
import { checkReferences } from './checks/references.ts'
import { checkRoutes } from './checks/routes.ts'
import { checkServices } from './checks/services.ts'
import { checkState } from './checks/state.ts'
import { checkTracing } from './checks/tracing.ts'
import { coerceOutside } from './coerce.ts'
import { reportIssues } from './issues.ts'
import { placeRoutes } from './placed-route.ts'
import { checkPlain } from './plain.ts'
import { inOrder, type Path, type Problem } from './problem.ts'
import { salvage } from './salvage.ts'
import { configSchema } from './schema.ts'
import { type Report, type Source, startReport } from './source.ts'
import type { GatewaySpec, RouteSpec } from './spec.ts'

export interface Checked {
  /** Nothing when there is an error among the problems. */
  readonly spec?: GatewaySpec
  /** In the order of the document. */
  readonly problems: readonly Problem[]
}

/** Finds every mistake in a document, and makes the Spec of it when there is none. Never throws. */
export const checkDocument = (written: Source, cores = availableParallelism()): Checked => {
  const first = startReport(written)
  if (!isFilledMap(written.document)) return refuseDocument(first)
  if (!checkPlain(first)) return { problems: first.problems }
  return checkMap(written, cores)
}

const checkMap = (written: Source, cores: number): Checked => {
  const asWritten = configSchema.safeParse(written.document)
  const source = asWritten.success ? written : coerceOutside(written, asWritten.error.issues)
  const shape = source === written ? asWritten : configSchema.safeParse(source.document)
  const report = startReport(source)
  if (!shape.success) reportIssues(report, configSchema, shape.error.issues)
  checkAvailable(report)
  const draft = shape.success ? shape.data : (salvage(configSchema, source.document) ?? {})
  checkListeners(report, draft)
  checkServices(report, draft)
  checkFallbackCircles(report, draft)
  checkState(report, draft)
  checkTracing(report, draft)
  checkAuth(report, draft)
  checkConsumers(report, draft)
  checkReferences(report, draft)
  checkAuthRefs(report, draft)
  const placed = placeRoutes(draft, source)
  checkGroups(report, placed.groups)
  checkFrontends(report, draft, placed.routes)
  checkRoutes(report, draft, placed.routes)
  checkPolicies(report, draft, placed.routes)
  checkPlugins(report, draft, placed.routes)
  const frontends = buildFrontends(draft)
  checkClaims(report, frontends)
  const routes = buildRoutes(draft, placed.routes, source)
  const paths = new Map(placed.routes.map(({ index, path }) => [index, path]))
  const pathOf = ({ index }: RouteSpec): Path => paths.get(index) ?? []
  checkOverlap(report, routes, pathOf)
  const unreached = checkClaimed(report, frontends, routes, Object.keys(draft.listeners ?? {}), pathOf)
  checkBypass(
    report,
    routes.filter(route => !unreached.has(route)),
    placed.routes,
  )
  const problems = inOrder(report.problems)
  if (!shape.success || problems.some(problem => problem.severity === 'error')) return { problems }
  return { spec: buildSpec(shape.data, routes, frontends, cores), problems }
}

const refuseDocument = (report: Report): Checked => {
  const { document } = report.source
  const empty = Object.keys(document ?? {}).length === 0 && typeof document !== 'string'
  report.add([], empty ? 'the document is empty' : 'the document must be a map of keys', {
    hint: 'it needs at least "services" and "routes"',
  })
  return { problems: report.problems }
}

const isFilledMap = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0

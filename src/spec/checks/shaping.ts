import { type PlacedRoute, placeOf } from '../placed-route.ts'
import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { servicesOf } from './by-service.ts'
import { type RouteDraft, written } from './draft.ts'
import { checkRetry } from './retry.ts'

/** What a route does to requests on their way to a service, beyond choosing it. */
export const checkShaping = (report: Report, placed: PlacedRoute): void => {
  const { path, route } = placed
  if (route.fault !== undefined && written(report, [...path, 'fault'], ['delay', 'abort']).length === 0) {
    report.add([...path, 'fault'], 'needs "delay" or "abort"')
  }
  if (route.split !== undefined) checkSplit(report, path, route)
  if (typeof route.retry === 'object') checkRetry(report, placeOf(placed, 'retry'), route.retry)
  const [answer] = written(report, path, ['respond', 'redirect', 'handler'])
  if (answer === undefined) return
  for (const key of written(report, path, OF_SERVICES[answer] ?? [])) {
    report.add([...path, key], `needs "to" or "aggregate": no service is asked where there is "${answer}"`, {
      on: 'key',
    })
  }
}

const ASKS = ['retry', 'fields', 'requestHeaders']

/** Keys of a route that are about asking somebody, by what answers in their place. */
const OF_SERVICES: Readonly<Record<string, readonly string[]>> = { respond: ASKS, redirect: ASKS, handler: ['retry'] }

const checkSplit = (report: Report, path: Path, route: RouteDraft): void => {
  const at = [...path, 'split']
  const named = written(report, at, ['header', 'cookie']).length > 0
  if (!named && written(report, at, ['sticky']).length === 0) report.add(at, 'needs "sticky", "header" or "cookie"')
  if (chosen(route, named) > 1) return
  report.add(at, 'needs a "to" of several services', {
    hint: named ? 'such as { v1: 1, v2: 0 }' : 'such as { v1: 90, v2: 10 }',
    on: 'key',
  })
}

/** One of weight 0 is chosen by name only. */
const chosen = (route: RouteDraft, named: boolean): number =>
  typeof route.to !== 'object' || named
    ? servicesOf(route).length
    : Object.values(route.to).filter(weight => weight !== 0).length

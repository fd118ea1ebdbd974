import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { showDuration } from '../units.ts'
import { exactlyOne, reportUnused, type ServiceDraft, written } from './draft.ts'
import { checkFraming } from './respond.ts'

const PROBES = ['path', 'tcp', 'grpc']
const HTTP_ONLY = ['method', 'host', 'headers', 'status', 'body']

export const checkHealth = (report: Report, path: Path, health: NonNullable<ServiceDraft['health']>): void => {
  exactlyOne(report, path, PROBES, '"path", "tcp" or "grpc"')
  const [probe] = written(report, path, PROBES)
  if (probe !== undefined && probe !== 'path') reportUnused(report, path, HTTP_ONLY, 'needs "path"')
  if (health.method === 'HEAD' && health.body !== undefined) {
    report.add([...path, 'body'], 'there is no body in an answer to HEAD', { hint: 'use "method: GET"', on: 'key' })
  }
  checkFraming(report, [...path, 'headers'], health.headers)
  for (const name of Object.keys(health.headers ?? {})) {
    if (name.toLowerCase() !== 'host') continue
    report.add([...path, 'headers', name], 'has its own key', { hint: 'use "host"', on: 'key' })
  }
  const { interval, timeout } = health
  if (interval === undefined || timeout === undefined || timeout < interval) return
  report.add([...path, 'timeout'], `must be shorter than the interval (${showDuration(interval)})`, {
    hint: 'else the next probe starts before this one has ended',
  })
}

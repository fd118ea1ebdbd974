import { isIP } from 'node:net'
import { parseEndpoint } from '../endpoint.ts'
import { type Path, showPath } from '../problem.ts'
import type { Report } from '../source.ts'
import type { EndpointSpec } from '../spec.ts'
import { showDuration } from '../units.ts'
import { exactlyOne, reportUnused, type ServiceDraft, written } from './draft.ts'

const PLACES = ['url', 'endpoints', 'discover']
const SOURCES = ['dns', 'srv', 'file']

/** Where the targets of a service are, or how they are found. */
export const checkTargets = (report: Report, path: Path, service: ServiceDraft): void => {
  const short = written(report, path, PLACES).length === 0 && service.url !== undefined
  if (!short) exactlyOne(report, path, PLACES, '"url", "endpoints" or "discover"')
  if (service.url !== undefined) checkUrl(report, short ? path : [...path, 'url'], service.url)
  if (service.endpoints !== undefined) checkEndpoints(report, [...path, 'endpoints'], service.endpoints)
  if (service.discover !== undefined) checkDiscover(report, [...path, 'discover'], service.discover)
}

/** How many targets are written; undefined where they are found later. */
export const writtenTargets = ({ url, endpoints, discover }: ServiceDraft): number | undefined =>
  discover === undefined ? (endpoints?.length ?? (url === undefined ? undefined : 1)) : undefined

const checkUrl = (report: Report, path: Path, url: string): EndpointSpec | undefined => {
  const parsed = parseEndpoint(url)
  if (!('error' in parsed)) return parsed
  report.add(path, parsed.error)
  return undefined
}

const checkEndpoints = (report: Report, path: Path, endpoints: NonNullable<ServiceDraft['endpoints']>): void => {
  const first = new Map<string, Path>()
  for (const [i, endpoint] of endpoints.entries()) {
    const at = [...path, i]
    const long = written(report, at, ['url']).length > 0
    const place = long ? [...at, 'url'] : at
    const parsed = endpoint?.url === undefined ? undefined : checkUrl(report, place, endpoint.url)
    if (parsed === undefined) continue
    const target = `${parsed.tls} ${parsed.authority}${parsed.basePath}`
    const twin = first.get(target)
    if (twin === undefined) first.set(target, at)
    else
      report.add(place, `is the same target as ${showPath(twin)}`, { hint: 'give that one a larger "weight" instead' })
  }
  if (endpoints.length > 0 && endpoints.every(endpoint => (endpoint?.priority ?? 0) > 0)) {
    report.add(path, 'none has priority 0, which is asked first', {
      severity: 'warning',
      hint: 'start at 0, which is what "priority" is unless set',
      on: 'key',
    })
  }
}

const checkDiscover = (report: Report, path: Path, discover: NonNullable<ServiceDraft['discover']>): void => {
  exactlyOne(report, path, SOURCES, '"dns", "srv" or "file"')
  const { dns, srv, minTtl, maxTtl } = discover
  if (written(report, path, ['file']).length > 0) {
    reportUnused(report, path, ['servers', 'minTtl', 'maxTtl'], 'needs "dns" or "srv"')
  } else if (minTtl !== undefined && maxTtl !== undefined && minTtl > maxTtl) {
    const [key = 'minTtl'] = written(report, path, ['minTtl', 'maxTtl'])
    const message =
      key === 'minTtl'
        ? `is longer than maxTtl (${showDuration(maxTtl)})`
        : `is shorter than minTtl (${showDuration(minTtl)})`
    report.add([...path, key], message)
  }
  if (dns !== undefined) checkName(report, [...path, 'dns'], dns)
  if (srv === undefined || !checkName(report, [...path, 'srv'], srv)) return
  if (/^https?:\/\/[^/]*:\d/i.test(srv)) {
    report.add([...path, 'srv'], 'must not have a port', { hint: 'each SRV record has its own' })
  }
}

const checkName = (report: Report, path: Path, url: string): boolean => {
  const parsed = checkUrl(report, path, url)
  if (parsed === undefined) return false
  if (isIP(parsed.host) === 0) return true
  report.add(path, 'is an address, which needs no looking up', { hint: 'use "url"' })
  return false
}

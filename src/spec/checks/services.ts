import { parseEndpoint } from '../endpoint.ts'
import type { Report } from '../source.ts'
import { type ConfigDraft, exactlyOne, written } from './draft.ts'

const PLACES = ['url', 'endpoints']

export const checkServices = (report: Report, draft: ConfigDraft): void => {
  for (const [name, service] of Object.entries(draft.services ?? {})) {
    const path = ['services', name]
    const short = written(report, path, PLACES).length === 0 && service?.url !== undefined
    if (service !== undefined && !short) exactlyOne(report, path, PLACES, '"url" or "endpoints"')
    if (service?.url !== undefined) checkUrl(report, short ? path : [...path, 'url'], service.url)
    for (const [i, endpoint] of (service?.endpoints ?? []).entries()) {
      const at = [...path, 'endpoints', i]
      const long = written(report, at, ['url']).length > 0
      if (endpoint?.url !== undefined) checkUrl(report, long ? [...at, 'url'] : at, endpoint.url)
    }
  }
}

const checkUrl = (report: Report, path: (string | number)[], url: string): void => {
  const parsed = parseEndpoint(url, 1)
  if ('error' in parsed) report.add(path, parsed.error)
}

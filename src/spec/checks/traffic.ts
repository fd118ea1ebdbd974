import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { type RouteDraft, written } from './draft.ts'

export const checkCors = (report: Report, path: Path, cors: NonNullable<RouteDraft['cors']>): void => {
  if (typeof cors === 'string' || cors.credentials !== true) return
  const { origins } = cors
  if (Array.isArray(origins) ? origins.includes('*') : origins === '*') {
    report.add([...path, 'origins'], 'every site on the web could act as its visitors here: "*" with credentials', {
      hint: 'name the origins, or leave "credentials" out',
    })
  }
  if (cors.expose?.includes('*') === true) {
    report.add([...path, 'expose'], '"*" is no wildcard with credentials', { hint: 'name the headers' })
  }
}

export const checkIp = (report: Report, path: Path): void => {
  if (written(report, path, ['allow', 'deny']).length === 0) report.add(path, 'needs "allow" or "deny"')
}

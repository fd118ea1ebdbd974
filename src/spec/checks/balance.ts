import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { exactlyOne, reportUnused, type ServiceDraft, written } from './draft.ts'
import { writtenTargets } from './targets.ts'

export const checkBalance = (report: Report, path: Path, service: ServiceDraft): void => {
  const at = [...path, 'balance']
  if (typeof service.balance !== 'object') return
  exactlyOne(report, at, ['hash', 'sticky'], '"hash" or "sticky"')
  const has = written(report, at, ['hash', 'sticky'])
  if (has.length === 0) return
  if (!has.includes('hash')) reportUnused(report, at, ['algorithm', 'boundedLoad'], 'needs "hash"')
  if (!has.includes('sticky')) reportUnused(report, at, ['maxAge'], 'needs "sticky"')
  if (writtenTargets(service) !== 1) return
  report.add(at, 'there is only one target to choose', {
    severity: 'warning',
    hint: 'add "endpoints", or leave it out',
    on: 'key',
  })
}

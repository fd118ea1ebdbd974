import { type Path, showPath } from '../problem.ts'
import { type Report, valueAt } from '../source.ts'
import { type ConfigDraft, exactlyOne, type ServiceDraft } from './draft.ts'
import { checkRespond } from './respond.ts'

export const checkFallback = (report: Report, path: Path, fallback: NonNullable<ServiceDraft['fallback']>): void => {
  exactlyOne(report, path, ['respond', 'to'], '"respond" or "to"')
  if (fallback.respond !== undefined) checkRespond(report, [...path, 'respond'], fallback.respond)
  // As written: the defaults hold it too.
  const on = valueAt(report.source.document, [...path, 'on'])
  const open = Array.isArray(on) ? on.indexOf('open') : -1
  if (open < 0 || valueAt(report.source.document, [...path.slice(0, -1), 'breaker']) !== undefined) return
  report.add([...path, 'on', open], 'never happens: the service has no "breaker"', {
    severity: 'warning',
    hint: 'add one; of targets whose own breakers are open none is well: "unhealthy"',
  })
}

/** Services that stand in for each other would be asked in a circle for ever. Each circle is told once. */
export const checkFallbackCircles = (report: Report, draft: ConfigDraft): void => {
  const services = draft.services ?? {}
  const done = new Set<string>()
  for (const start of Object.keys(services)) {
    const way: string[] = []
    let name: string | undefined = start
    while (name !== undefined && !done.has(name) && !way.includes(name)) {
      way.push(name)
      name = Object.hasOwn(services, name) ? services[name]?.fallback?.to : undefined
    }
    if (name !== undefined && !done.has(name)) reportCircle(report, way.slice(way.indexOf(name)))
    for (const seen of way) done.add(seen)
  }
}

const reportCircle = (report: Report, circle: readonly string[]): void => {
  const [first = ''] = circle
  const path = ['services', first, 'fallback', 'to']
  if (circle.length === 1) return report.add(path, 'is the service itself', { hint: 'name another one' })
  const way = [...circle.slice(1), first].map(name => showPath(['services', name])).join(', then ')
  report.add(path, `leads back here: ${way}`, { hint: 'end it with "respond", or leave one out' })
}

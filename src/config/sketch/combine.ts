import { cleanName } from './clean.ts'
import { UNKNOWN_URL } from './openapi-server.ts'
import type { Finding, Sketch, SketchRoute, SketchService } from './sketch.ts'

export interface Combined {
  readonly sketch: Sketch
  readonly notes: readonly string[]
}

/**
 * One sketch of what was found in several files. An API whose service another file names too, by URL or, where it says
 * no URL, by name, is asked there; its paths are then routes in place of a prefix.
 */
export const combine = (findings: readonly Finding[], listen: string): Combined => {
  const services: SketchService[] = []
  const routes: SketchRoute[] = []
  const notes: string[] = []
  for (const finding of findings) {
    notes.push(...finding.notes)
    const names = new Map<string, string>()
    for (const service of finding.services) {
      const known = services.find(other => isSame(other, service))
      if (known !== undefined) {
        const general = routes.findIndex(({ to, stripPrefix }) => to === known.name && stripPrefix)
        if (general >= 0) routes.splice(general, 1)
        names.set(service.name, known.name)
        continue
      }
      const name = cleanName(service.name, new Set(services.map(other => other.name)), 'service')
      names.set(service.name, name)
      services.push({ ...service, name })
    }
    for (const route of finding.routes) {
      const moved = { ...route, to: names.get(route.to) ?? route.to }
      if (routes.some(other => shapeOf(other) === shapeOf(moved)))
        notes.push(`${route.pattern} is there twice: only the first is a route`)
      else routes.push(moved)
    }
  }
  for (const { name } of services.filter(({ name }) => !routes.some(({ to }) => to === name))) {
    routes.push({ kind: 'prefix', pattern: `/${name}`, methods: [], to: name, stripPrefix: true, comment: '' })
  }
  return { sketch: { listen, services, routes }, notes }
}

const isSame = (a: SketchService, b: SketchService): boolean =>
  placeOf(a) === placeOf(b) || (b.url === UNKNOWN_URL && a.name === b.name)

/** Compose publishes at 127.0.0.1 what API documents call localhost. */
const placeOf = ({ url }: SketchService): string => url.replace(/:\/\/localhost(?=:|$)/, '://127.0.0.1')

const shapeOf = ({ kind, pattern }: SketchRoute): string => `${kind} ${pattern.replace(/\{[^}]*\}/g, '{}')}`

import { METHODS, REFUSED_METHODS } from '../../base/methods.ts'
import { parsePattern } from '../../spec/pattern.ts'
import { cleanLine, cleanName, isMap, listOf, mapOf } from './clean.ts'
import { serverOf } from './openapi-server.ts'
import { type Finding, MOST_ROUTES, type SketchRoute } from './sketch.ts'

type Json = Readonly<Record<string, unknown>>

export const isOpenApi = (document: Json): boolean => typeof document['openapi'] === 'string'

/** Far more than any API has. */
const MOST_PATHS = 5000

/** An API is a service; each of its paths is a route, or each first segment where there are very many. */
export const fromOpenApi = (document: Json, file: string): Finding => {
  const title = mapOf(document['info'])['title']
  const name = cleanName(typeof title === 'string' ? title : file.replace(/\.\w+$/, ''), new Set(), 'api')
  const server = serverOf(listOf(document['servers']), file)
  const notes = [...server.notes]
  const paths = Object.entries(mapOf(document['paths']))
  if (paths.length > MOST_PATHS) notes.push(`${file}: only its first ${MOST_PATHS} paths were looked at`)
  const routes = new Map<string, SketchRoute>()
  for (const [written, item] of paths.slice(0, MOST_PATHS)) {
    const route = routeOf(document, `${server.basePath}${written}`, follow(document, item), name)
    if (route === undefined)
      notes.push(`${file}: the path "${cleanLine(written)}" is left out: it has no form that a route can have`)
    else merge(routes, route)
  }
  const found =
    routes.size > MOST_ROUTES ? byFirstSegment(name, server.basePath, [...routes.values()]) : [...routes.values()]
  if (found.length < routes.size) notes.push(`${file}: it has ${routes.size} paths, so routes are by their beginnings`)
  return { services: [{ name, url: server.url, comment: server.comment }], routes: found, notes: notes.slice(0, 20) }
}

/** Local references alone, and not in circles. */
const follow = (document: Json, item: unknown): Json => {
  let value = mapOf(item)
  for (let hops = 0; typeof value['$ref'] === 'string' && hops < 8; hops++) value = mapOf(at(document, value['$ref']))
  return value
}

const at = (document: Json, pointer: string): unknown => {
  if (!pointer.startsWith('#/') || pointer.length > 1000) return undefined
  return pointer
    .slice(2)
    .split('/')
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, step) => (isMap(value) && Object.hasOwn(value, step) ? value[step] : undefined), document)
}

const routeOf = (document: Json, path: string, item: Json, to: string): SketchRoute | undefined => {
  const operations = Object.entries(item).filter(([method, value]) => isMap(value) && isMethod(method))
  const methods = operations.map(([method]) => method.toUpperCase())
  const comment = askedOf(
    document,
    operations.map(([, operation]) => mapOf(operation)),
  )
  const rest = { methods, to, stripPrefix: false, comment }
  if (isPattern(path)) return { kind: 'path', pattern: path, ...rest }
  const regex = regexOf(path)
  return regex === undefined ? undefined : { kind: 'regex', pattern: regex, ...rest }
}

/** Text around a parameter, such as `/files/{name}.json`, is beyond what `path` can say. */
const regexOf = (path: string): string | undefined => {
  const literal = path.replace(/\{[^}]*\}/g, 'x')
  if (literal === path || !isPattern(literal)) return undefined
  if (!/^\/(?:[\w~!&'()*+,;=:@./-]|\{[^{}/$]{1,100}\})*$/.test(path) || path.length > 300) return undefined
  const pattern = path
    .split(/(\{[^}]*\})/)
    .map((part, i) => (i % 2 === 1 ? '[^/]+' : part.replace(/[.*+?()|]/g, '\\$&')))
    .join('')
  return 'error' in parsePattern(pattern, 'regex') ? undefined : pattern
}

/** Keys of a path item that are operations, in OpenAPI 3.0 to 3.2. */
const isMethod = (key: string): boolean =>
  /^(get|put|post|delete|options|head|patch|query)$/.test(key) &&
  METHODS.has(key.toUpperCase()) &&
  !REFUSED_METHODS.has(key.toUpperCase())

const isPattern = (path: string): boolean =>
  /^\/[\u0021-\u007e]{0,1000}$/.test(path) && !path.includes('$') && !('error' in parsePattern(path, 'path'))

/** The ways in which the operations want to be asked, as a hint for `auth`. */
const askedOf = (document: Json, operations: readonly Json[]): string => {
  const needs = operations
    .flatMap(({ security }) => listOf(security ?? document['security']))
    .flatMap(each => Object.keys(mapOf(each)))
  const schemes = mapOf(mapOf(document['components'])['securitySchemes'])
  const told = [...new Set(needs)].slice(0, 5).map(name => {
    const { type, scheme, in: place } = mapOf(Object.hasOwn(schemes, name) ? schemes[name] : undefined)
    const kind = [type, scheme, place].flatMap(text => cleanLine(text) || []).join(' ')
    return kind === '' ? cleanLine(name) : `${cleanLine(name)} (${kind})`
  })
  return told.length === 0 ? '' : cleanLine(`asks for ${told.join(', ')}: see auth`)
}

/** Paths that differ in the names of parameters alone match the same requests. */
const merge = (routes: Map<string, SketchRoute>, route: SketchRoute): void => {
  const key = `${route.kind} ${route.pattern.replace(/\{[^}]*\}/g, '{}')}`
  const before = routes.get(key)
  if (before === undefined) return void routes.set(key, route)
  const all = before.methods.length > 0 && route.methods.length > 0
  const methods = all ? [...new Set([...before.methods, ...route.methods])] : []
  routes.set(key, { ...before, methods, comment: before.comment || route.comment })
}

const byFirstSegment = (to: string, basePath: string, routes: readonly SketchRoute[]): SketchRoute[] => {
  const starts = new Set(
    routes.map(({ pattern }) => `${basePath}${/^\/[^/{]*/.exec(pattern.slice(basePath.length))?.[0] ?? ''}`),
  )
  const patterns = starts.size > MOST_ROUTES || starts.has(`${basePath}/`) ? [basePath || '/'] : [...starts]
  return patterns.map(pattern => ({ kind: 'prefix', pattern, methods: [], to, stripPrefix: false, comment: '' }))
}

import type { RouteSpec } from './spec.ts'

type Predicates = Pick<RouteSpec, 'hosts' | 'match' | 'methods' | 'headers' | 'query'>

/** `GET m.example.com/api/orders/{id}`, `/api/*`, `~/api/v[0-9]+`: what a route matches, for logs and metrics. */
export const describeMatch = ({ hosts, match, methods, headers, query }: Predicates): string => {
  const host = `${hosts[0] ?? ''}${hosts.length > 1 ? `(+${hosts.length - 1})` : ''}`
  const pattern = describePattern(match)
  const verbs = methods.length > 0 ? `${methods.join(',')} ` : ''
  // Values stay out of names: they may be secrets.
  const conditions = [...headers.map(({ name }) => name), ...query.map(({ name }) => `?${name}`)]
  return verbs + host + pattern + conditions.map(condition => ` ${condition}`).join('')
}

/** `/orders/{id}`, `/api/*`: which paths a route takes. */
export const describePattern = ({ kind, pattern }: RouteSpec['match']): string => {
  if (kind === 'regex') return `~${pattern}`
  return kind === 'prefix' ? `${pattern.replace(/\/+$/, '')}/*` : pattern
}

/** A route of a frontend is called after it: `mobile/orders/*`, `mobile/GET /orders/{id}`. */
export const routeName = (frontend: string, name: string): string =>
  frontend === '' ? name : frontend + (name.startsWith('/') ? '' : '/') + name

/** Gives out names, each once: the second of a kind becomes `... #2`. */
export const uniqueNames = (taken: Iterable<string>): ((wanted: string) => string) => {
  const names = new Set(taken)
  return wanted => {
    let name = wanted
    for (let i = 2; names.has(name); i++) name = `${wanted} #${i}`
    names.add(name)
    return name
  }
}

import { checkedPattern } from '../spec/pattern.ts'
import type { OriginSpec, RedirectSpec, RouteSpec } from '../spec/spec.ts'
import type { Located } from './located.ts'
import { appendRest, restOfPath } from './rest-of-path.ts'
import { compileTemplate, type Fill } from './template.ts'

/** What of a request says where it was sent to. The Exchange is one. */
export interface Sent extends Located {
  readonly scheme: 'http' | 'https'
  /** Without port; empty where HTTP/1.0 named none. */
  readonly host: string
}

/** The value of `Location`. */
export type LocationOf = (x: Sent) => string

/**
 * Compiles a redirect: parameters are filled into the path (and query) of `to`, on a `prefix` route the rest of the
 * path is appended, and the query is kept unless `to` has one. Without `to` the path stays as it is.
 *
 * Where a redirect leads is the configuration's word alone, or the host that the client asked for, where `origin` leaves
 * it. The host of `to` is never filled in, and a `to` without
 * host cannot gain one: `//evil.example` would be read as a host, so a path that begins with several slashes begins
 * with one. (A raw backslash, which browsers read as a slash, was refused with the target.)
 */
export const compileRedirect = (match: RouteSpec['match'], redirect: RedirectSpec): LocationOf => {
  const { params, segments } = checkedPattern(match)
  const to = split(redirect.to)
  const path = compileTemplate(to.path, params)
  const query = compileTemplate(to.query, params, escapeQuery)
  const filledIn = match.kind === 'prefix' ? appended(path, segments.length) : (x: Sent) => path(x.params)
  const pathOf = redirect.to === '' ? (x: Sent) => x.path : filledIn
  const originOf = redirect.origin === undefined ? () => to.origin : changedOrigin(redirect.origin)
  return x => {
    const filled = pathOf(x)
    const origin = originOf(x)
    return (
      origin + (origin === '' ? oneSlash(filled) : filled) + (to.query === '' ? x.query : query(x.params)) + to.fragment
    )
  }
}

const appended =
  (path: Fill, segments: number) =>
  (x: Sent): string =>
    appendRest(path(x.params), restOfPath(x.path, segments))

/** What is not given stays as the client asked for it; but its port goes, since another scheme or host has other ones. */
const changedOrigin = ({ scheme, host, port }: OriginSpec): LocationOf => {
  return x => {
    const [toScheme, toHost] = [scheme || x.scheme, host || x.host]
    if (toHost === '') return ''
    const usual = port === 0 || port === (toScheme === 'https' ? 443 : 80)
    return `${toScheme}://${toHost}${usual ? '' : `:${port}`}`
  }
}

interface Parts {
  /** `https://host:port`, or empty. */
  readonly origin: string
  readonly path: string
  /** With its `?`, or empty. */
  readonly query: string
  /** With its `#`, or empty. */
  readonly fragment: string
}

/** RFC 3986, appendix B. Always matches. */
const split = (to: string): Parts => {
  const [, origin = '', path = '', query = '', fragment = ''] =
    /^((?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\/[^/?#]+)?([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(to) ?? []
  return { origin, path, query, fragment }
}

const oneSlash = (path: string): string => '/' + path.replace(/^[/\\]+/, '')

/** A segment may hold characters that separate parameters in a query. */
const escapeQuery = (value: string): string =>
  value.replace(/[&=+]/g, char => '%' + char.charCodeAt(0).toString(16).toUpperCase())

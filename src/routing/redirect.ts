import { checkedPattern } from '../spec/pattern.ts'
import type { RedirectSpec, RouteSpec } from '../spec/spec.ts'
import type { Located } from './located.ts'
import { appendRest, restOfPath } from './rest-of-path.ts'
import { compileTemplate } from './template.ts'

/** The value of `Location`. */
export type LocationOf = (x: Located) => string

/**
 * Compiles a redirect: parameters are filled into the path (and query) of `to`, on a `prefix` route the rest of the
 * path is appended, and the query is kept unless `to` has one.
 *
 * Where a redirect leads is the configuration's word alone. The host of `to` is never filled in, and a `to` without
 * host cannot gain one: `//evil.example` would be read as a host, so a path that begins with several slashes begins
 * with one. (A raw backslash, which browsers read as a slash, was refused with the target.)
 */
export const compileRedirect = (match: RouteSpec['match'], redirect: RedirectSpec): LocationOf => {
  const { params, segments } = checkedPattern(match)
  const to = split(redirect.to)
  const path = compileTemplate(to.path, params)
  const query = compileTemplate(to.query, params, escapeQuery)
  const whole = match.kind !== 'prefix'
  return x => {
    const filled = whole ? path(x.params) : appendRest(path(x.params), restOfPath(x.path, segments.length))
    return (
      to.origin +
      (to.origin === '' ? oneSlash(filled) : filled) +
      (to.query === '' ? x.query : query(x.params)) +
      to.fragment
    )
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

import { parseAuthority } from '../base/authority.ts'
import { headersOf } from '../base/headers.ts'
import { type Slashes, Target } from '../base/target.ts'
import type { MatchInput } from '../routing/match-input.ts'

/** A request as it is asked for on the command line. */
export interface AskedRequest {
  readonly method: string
  /** A path with a query, or an absolute URL when the host matters. */
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Name of the one it comes by; the first one unless given. */
  readonly listener?: string
}

export interface ReadRequest {
  /** As a client would send it. */
  readonly rawTarget: string
  readonly q: MatchInput
}

/** The request as routing sees it, or why the gateway would answer 400. */
export const readRequest = (request: AskedRequest, slashes: Slashes): ReadRequest | { readonly refused: string } => {
  const { authority, rawTarget } = splitUrl(request.url)
  const headers = headersOf(request.headers.map(([name, value]) => [name.toLowerCase(), value] as const))
  const host = parseAuthority(authority || headers.get('host') || '')?.host
  if (host === undefined) return { refused: 'the host is malformed' }
  const target = new Target()
  if (!target.set(rawTarget, slashes)) return { refused: target.reason }
  const { path, query } = target
  return {
    rawTarget,
    q: { method: request.method.toUpperCase(), host, path, query, headers, listener: '', params: [] },
  }
}

/** Not `URL`, which would normalise what is to be shown. A fragment stays with the client. */
const splitUrl = (url: string): { authority: string; rawTarget: string } => {
  const [, authority = '', target = ''] = /^(?:https?:\/\/([^/?#]*))?([^#]*)/is.exec(url) ?? []
  return { authority, rawTarget: target.startsWith('/') ? target : `/${target}` }
}

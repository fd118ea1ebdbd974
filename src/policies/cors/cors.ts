import type { Exchange } from '../../core/exchange.ts'
import type { Policy } from '../../core/policy.ts'
import { preflightMethod } from '../../core/preflight.ts'
import type { Reply } from '../../core/reply.ts'
import type { CorsSpec } from '../../spec/spec-policies.ts'
import { compileOrigins } from './cors-origins.ts'
import { compilePreflight } from './cors-preflight.ts'
import { addVary } from './vary.ts'

/**
 * Lets pages of other origins read a route's answers (Fetch standard, "CORS protocol"). Preflights are answered here;
 * any other request passes, whatever its origin, and the browser decides by the fields of the answer. What upstream
 * says about CORS is replaced: there is one truth. `methods`: those of the route, empty: any.
 */
export const corsPolicy = (cors: CorsSpec, methods: readonly string[]): Policy => {
  const allowOrigin = compileAllowOrigin(cors)
  const preflight = compilePreflight(cors, methods, allowOrigin)
  const expose = cors.expose.join(', ')
  // With `*` and no credentials the answer is the same for all.
  const varies = allowOrigin(undefined) === null
  return {
    name: 'cors',
    gate: x => {
      const method = preflightMethod(x)
      return method === null ? undefined : preflight(x, method)
    },
    shape: (x, reply) => {
      // The answer to a preflight is complete as it is.
      if (preflightMethod(x) !== null) return
      dropUpstreams(reply)
      if (varies) addVary(reply, 'Origin')
      const origin = allowOrigin(originOf(x))
      if (origin === null) return
      const { edit } = reply
      edit.append('access-control-allow-origin', origin)
      if (cors.credentials) edit.append('access-control-allow-credentials', 'true')
      if (expose !== '') edit.append('access-control-expose-headers', expose)
    },
  }
}

const originOf = (x: Exchange): string | undefined => x.headers.get('origin')

/**
 * What is written for an origin. With credentials `*` is never written, browsers would not take it (Fetch, "CORS
 * check"): an origin is then named, but never `null`, which is nobody in particular, unless it is listed.
 */
const compileAllowOrigin = (cors: CorsSpec): ((origin: string | undefined) => string | null) => {
  const isListed = compileOrigins(cors.origins)
  const anybody = cors.origins.includes('*')
  if (anybody && !cors.credentials) return () => '*'
  return origin => {
    if (origin === undefined) return null
    return isListed(origin) || (anybody && isOrigin(origin)) ? origin : null
  }
}

const isOrigin = (origin: string): boolean => /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._:[\]-]{1,300}$/.test(origin)

const dropUpstreams = (reply: Reply): void => {
  const { headers } = reply
  for (let i = 0; i < headers.count; i++) {
    if (headers.idAt(i) !== 0) continue
    const name = headers.nameAt(i)
    if (name.length > PREFIX.length && name.slice(0, PREFIX.length).toLowerCase() === PREFIX) {
      reply.edit.remove(name.toLowerCase())
    }
  }
}

const PREFIX = 'access-control-'

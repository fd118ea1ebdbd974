import { headersOf } from '../../base/headers.ts'
import type { Exchange } from '../../core/exchange.ts'
import { Reply } from '../../core/reply.ts'
import type { CorsSpec } from '../../spec/spec-policies.ts'

type Field = readonly [name: string, value: string]

/** An answer to one preflight depends on all that it asks. */
const VARY: Field = ['vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers']

const REFUSED = headersOf([VARY])

/**
 * Answers preflights (Fetch standard, "CORS-preflight fetch"). `allowOrigin` says what is written for an origin, null:
 * nothing. An origin that is not allowed gets 204 without any CORS field: that is what tells browsers no, and a status
 * would add nothing. `methods`: those of the route, empty: any.
 */
export const compilePreflight = (
  cors: CorsSpec,
  methods: readonly string[],
  allowOrigin: (origin: string | undefined) => string | null,
): ((x: Exchange, method: string) => Reply) => {
  const listed = cors.methods.length > 0 ? cors.methods : methods
  const allowMethods = listed.join(', ')
  const allowHeaders = cors.headers.join(', ')
  const fixed: readonly Field[] = [
    ...(cors.credentials ? [['access-control-allow-credentials', 'true'] as const] : []),
    ...(cors.maxAgeMs > 0 ? [['access-control-max-age', String(Math.ceil(cors.maxAgeMs / 1000))] as const] : []),
    VARY,
  ]
  return (x, method) => {
    const origin = allowOrigin(x.headers.get('origin'))
    if (origin === null) return new Reply(204, REFUSED)
    const asked = x.headers.get('access-control-request-headers')
    const fields: readonly Field[] = [
      ['access-control-allow-origin', origin],
      ['access-control-allow-methods', allowMethods === '' ? ifTokens(method) : allowMethods],
      ['access-control-allow-headers', allowHeaders === '' ? ifTokens(asked) : allowHeaders],
    ]
    return new Reply(204, headersOf([...fields.filter(([, value]) => value !== ''), ...fixed]))
  }
}

const LONGEST_LIST = 4096

/** What is repeated to the browser is a list of tokens and nothing else; `*` would say more than was asked. */
const ifTokens = (list = ''): string =>
  list !== '*' && list.length <= LONGEST_LIST && /^[!#$%&'*+.^_`|~\w, -]*$/.test(list) ? list : ''

import { headersOf } from '../base/headers.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Call } from '../core/policy.ts'
import { Reply } from '../core/reply.ts'

/** Sends the client elsewhere; `location` is worked out per request. */
export const redirect =
  (status: number, location: (x: Exchange) => string): Call =>
  x =>
    new Reply(status, headersOf([['location', location(x)]]))

import type { Exchange } from '../core/exchange.ts'

/** Methods that mean the same said twice (RFC 9110 §9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

export const isIdempotent = (method: string): boolean => IDEMPOTENT.has(method)

/** Whether a request may be sent again though a target may have seen it: the client said so by its method, or a key. */
export const isRepeatable = (x: Exchange, anyMethod: boolean): boolean =>
  anyMethod || isIdempotent(x.method) || (x.headers.get('idempotency-key') ?? '') !== ''

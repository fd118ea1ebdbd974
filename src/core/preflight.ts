import type { Exchange } from './exchange.ts'

/**
 * The method that a CORS preflight asks about; null when the request is none (Fetch standard, "CORS-preflight
 * request"). Browsers send preflights without credentials, so they cannot be asked for any. One with a body is none of
 * theirs, and must not bring it to a service unasked.
 */
export const preflightMethod = (x: Exchange): string | null => {
  if (x.method !== 'OPTIONS' || x.body !== null) return null
  const { headers } = x
  const asked = headers.get('access-control-request-method')
  return asked === undefined || headers.get('origin') === undefined ? null : asked
}

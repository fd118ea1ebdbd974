import { type HeaderView, headersOf } from '../../base/headers.ts'
import { Exchange } from '../../core/exchange.ts'

export interface Asked {
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly from?: string
}

/** A request as policies see it, with only what matters spelled out. */
export const asked = ({ method = 'GET', path = '/', query = '', headers = [], from = '192.0.2.7' }: Asked = {}) => {
  const x = new Exchange()
  x.method = method
  x.path = path
  x.query = query
  x.headers = asWritten(headers)
  x.clientAddress = from
  return x
}

/** Names keep the case they were sent in. */
const asWritten = (pairs: readonly (readonly [string, string])[]): HeaderView => ({
  ...headersOf(pairs.map(([name, value]) => [name.toLowerCase(), value] as const)),
  nameAt: i => pairs[i]?.[0] ?? '',
})

/** What a browser asks before `method` from another origin. */
export const preflight = (
  origin = 'https://app.example.com',
  method = 'PUT',
  more: readonly (readonly [name: string, value: string])[] = [],
): Exchange =>
  asked({
    method: 'OPTIONS',
    headers: [['origin', origin], ['access-control-request-method', method], ...more],
  })

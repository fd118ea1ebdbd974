import { isHostName } from './address.ts'
import type { EndpointSpec } from './spec.ts'

/** That are written in a configuration, of one service. Memory that all workers share is reserved for them. */
export const MOST_ENDPOINTS = 4096

export interface EndpointError {
  /** Without the URL itself: it may hold a password. */
  readonly error: string
}

/** The URL of a target, taken apart. */
export const parseEndpoint = (text: string, weight = 1, priority = 0): EndpointSpec | EndpointError => {
  const url = /^https?:\/\/[^/]/i.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) return { error: 'expected a URL such as http://10.0.0.1:8080 or https://host/prefix' }
  const error = mistakeIn(url, text)
  if (error !== undefined) return { error }
  const tls = url.protocol === 'https:'
  return {
    url: text,
    tls,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (tls ? 443 : 80),
    authority: url.host,
    basePath: url.pathname.replace(/\/+$/, ''),
    weight,
    priority,
    address: '',
  }
}

const mistakeIn = (url: URL, text: string): string | undefined => {
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  if (text.includes('?') || text.includes('#')) return 'must not have a query or fragment'
  if (url.port === '0') return 'must not have port 0'
  if (!url.hostname.startsWith('[') && !isHostName(url.hostname)) return 'does not name a valid host'
  return undefined
}

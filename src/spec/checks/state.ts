import type { Report } from '../source.ts'
import type { ConfigDraft } from './draft.ts'

/** The URL may hold a password: it is in no message. */
export const checkState = (report: Report, { state }: ConfigDraft): void => {
  if (typeof state !== 'object' || !('redis' in state) || state.redis === undefined) return
  const mistake = mistakeIn(state.redis)
  if (mistake !== undefined) report.add(['state', 'redis'], mistake)
}

const mistakeIn = (text: string): string | undefined => {
  const url = /^rediss?:\/\/[^/]/i.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.hostname === '') {
    return 'expected a URL such as redis://10.0.0.5:6379 or, over TLS, rediss://user:password@host:6380/0'
  }
  if (!/^\/?\d*$/.test(url.pathname)) return 'expected the number of a database, or nothing, after the host'
  if (url.search !== '' || url.hash !== '') return 'must not have a query or fragment'
  return undefined
}

/** Consumers may then be in Redis alone. */
export const livesInRedis = ({ state }: ConfigDraft): boolean => typeof state === 'object' && 'redis' in state

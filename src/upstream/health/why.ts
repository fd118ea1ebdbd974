import { unreachable } from '../unreachable.ts'

/** What an error of a socket or a parser says of the target; from its code alone, as messages may hold what it sent. */
export const why = (error: unknown): string => {
  const code = codeOf(error)
  if (code === 'ECONNREFUSED') return 'refused the connection'
  if (code === 'ECONNRESET' || code === 'EPIPE') return CLOSED
  if (code.startsWith('HPE_')) return `sent no valid HTTP answer (${code})`
  if (code.startsWith('ERR_HTTP2_')) return `sent no valid HTTP/2 answer (${code})`
  return unreachable(code)
}

export const CLOSED = 'closed the connection'

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'unknown'
}

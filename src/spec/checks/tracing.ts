import type { Path } from '../problem.ts'
import { type Report, valueAt } from '../source.ts'
import type { ConfigDraft } from './draft.ts'

/** Written by whoever sends. */
const OURS = /^(content-|transfer-encoding$|connection$|host$|keep-alive$|upgrade$|te$|trailer$|expect$)/i

/** A URL or header may hold a secret: none is in a message. */
export const checkTracing = (report: Report, { tracing }: ConfigDraft): void => {
  if (typeof tracing !== 'object') return
  const at: Path = ['tracing']
  const isShort = typeof valueAt(report.source.document, at) === 'string'
  const mistake = tracing.otlp === undefined ? undefined : mistakeIn(tracing.otlp)
  if (mistake !== undefined) report.add(isShort ? at : [...at, 'otlp'], mistake)
  for (const name of Object.keys(tracing.headers ?? {})) {
    if (OURS.test(name)) report.add([...at, 'headers', name], 'is written by the gateway itself', { on: 'key' })
  }
}

const mistakeIn = (text: string): string | undefined => {
  const url = /^https?:\/\/[^/\s]/i.test(text) ? URL.parse(text) : null
  if (url === null) return 'expected a URL such as http://collector:4318'
  if (url.username !== '' || url.password !== '')
    return 'must not hold a user or password: send them in "headers", as authorization'
  if (url.hash !== '') return 'must not have a fragment'
  return undefined
}

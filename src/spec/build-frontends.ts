import type { ConfigDraft } from './checks/draft.ts'
import { parsePattern } from './pattern.ts'
import type { FrontendSpec } from './spec.ts'

/** What frontends claim. One of which something is wrong is left out: what it claims is not known. */
export const buildFrontends = ({ frontends }: ConfigDraft): FrontendSpec[] =>
  Object.entries(frontends ?? {}).flatMap(([name, frontend]) => {
    const { hosts = [], listener = [], prefix } = frontend ?? {}
    const claimed = claimedPrefix(prefix)
    const [whole, listeners] = [hosts.filter(isDefined), listener.filter(isDefined)]
    const broken = claimed === undefined || whole.length < hosts.length || listeners.length < listener.length
    if (broken || (whole.length === 0 && listeners.length === 0 && prefix === undefined)) return []
    return [{ name, hosts: [...new Set(whole)], prefix: claimed, listeners: [...new Set(listeners)] }]
  })

/** In normal form; empty where every path is claimed, undefined where it is wrong. */
const claimedPrefix = (prefix: string | undefined): string | undefined => {
  const pattern = parsePattern(prefix ?? '/', 'prefix')
  if ('error' in pattern || pattern.params.length > 0) return undefined
  return pattern.segments.map(segment => (segment.kind === 'literal' ? `/${segment.text}` : '')).join('')
}

const isDefined = <T>(value: T | undefined): value is T => value !== undefined

import type { AffinitySpec } from './spec-resilience.ts'

/** `header:X-User`, `ip`; the text was checked. */
export const parseAffinity = (text: string): AffinitySpec => {
  const [, kind, name = ''] = /^(header|cookie|claim|param):(.*)$/s.exec(text) ?? []
  if (kind === 'header') return { kind, name: name.toLowerCase() }
  if (kind === 'cookie' || kind === 'claim' || kind === 'param') return { kind, name }
  return { kind: text === 'consumer' ? text : 'ip' }
}

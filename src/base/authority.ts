/** A `Host` value or the authority of an absolute-form target, checked and taken apart (RFC 9110 §7.2, RFC 3986 §3.2). */
export interface Authority {
  /** As it was sent. */
  readonly text: string
  /** Lower case, without port and final dot; brackets of an IPv6 address stay. */
  readonly host: string
}

const REG_NAME = /^(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$/
const IP_LITERAL = /^\[[0-9A-Fa-f:.]+\]$/

/** No name has one (RFC 1034 §3.1); services that drop dots would take `m.example.com..` for what it is not here. */
const hasEmptyLabel = (name: string): boolean => name.startsWith('.') || name.endsWith('.') || name.includes('..')

/** Undefined when it is malformed. An empty `Host` is well formed. */
export const parseAuthority = (text: string): Authority | undefined => {
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d{0,5}))?$/.exec(text)
  if (match === null) return undefined
  const host = match[1]!
  if (match[2] !== undefined && Number(match[2]) > 65535) return undefined
  if (host === '' && text !== '') return undefined
  if (!(host.startsWith('[') ? IP_LITERAL.test(host) : REG_NAME.test(host))) return undefined
  const lower = host.toLowerCase()
  const name = lower.endsWith('.') ? lower.slice(0, -1) : lower
  return hasEmptyLabel(name) || (name === '' && text !== '') ? undefined : { text, host: name }
}

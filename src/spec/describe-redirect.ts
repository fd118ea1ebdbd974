import type { RedirectSpec } from './spec.ts'

/** `/new`, `https://<host>/new`, `https://<host><path>`: where a redirect leads; what is the client's in brackets. */
export const describeRedirect = ({ to, origin }: RedirectSpec): string => {
  if (origin === undefined) return to
  const { scheme, host, port } = origin
  return `${scheme || '<scheme>'}://${host || '<host>'}${port === 0 ? '' : `:${port}`}${to || '<path>'}`
}

import { HeaderEdits } from '../../base/headers.ts'
import { clientHeader } from '../../core/client-header.ts'
import type { Exchange } from '../../core/exchange.ts'

/** What `unpack` undoes. */
const KNOWN: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'br', 'deflate', 'identity'])

/**
 * Asks for no coding but those that can be undone (RFC 9110 §12.5.3): browsers offer `zstd`, whose answers could not be
 * edited. `*` stands for all others.
 */
export const askUnpackable = (x: Exchange): void => {
  const offered = clientHeader(x, 'accept-encoding').join(',')
  if (offered === '') return
  const all = offered.split(',')
  const known = all.filter(isKnown)
  if (known.length === all.length) return
  x.requestEdits ??= new HeaderEdits()
  x.requestEdits.set('accept-encoding', known.join(',').trim() || 'identity')
}

const isKnown = (offer: string): boolean => {
  const name = offer.split(';', 1)[0]!.trim().toLowerCase()
  return name === '' || KNOWN.has(name)
}

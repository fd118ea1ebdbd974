import type { Exchange } from './exchange.ts'

/**
 * The values of a header (lower case) of the request, as gates left it: a credential that was taken out is not there, and
 * who it was proved to be counts, not what the client says of itself.
 */
export const clientHeader = ({ requestEdits, headers }: Exchange, name: string): readonly string[] => {
  const edited = requestEdits?.get(name)
  if (edited !== undefined) return [edited]
  return requestEdits?.removes(name) ? NONE : headers.all(name)
}

const NONE: readonly string[] = []

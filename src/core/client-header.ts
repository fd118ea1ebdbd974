import type { Exchange } from './exchange.ts'

/**
 * The values of a header (lower case) of the request, as gates left it: a credential that was taken out is not there, and
 * who it was proved to be counts, not what the client says of itself.
 */
export const clientHeader = ({ requestEdits, headers, identity }: Exchange, name: string): readonly string[] => {
  if (requestEdits === null) return headers.all(name)
  if (!requestEdits.has(name)) return requestEdits.removes(name) ? NONE : headers.all(name)
  const isOurs = requestEdits.removes(name) || identity?.headers?.has(name)
  return isOurs ? requestEdits.all(name) : [...headers.all(name), ...requestEdits.all(name)]
}

const NONE: readonly string[] = []

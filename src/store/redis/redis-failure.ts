/** Why the store cannot be used, in a word or two that may be logged: nothing of what a server or a URL says in full. */
export class StoreFailure extends Error {
  readonly reason: 'timeout' | 'error'

  constructor(reason: 'timeout' | 'error', what: string) {
    super(what)
    this.reason = reason
  }
}

/** The first word of a server's refusal (`WRONGPASS`), a system's code (`ECONNREFUSED`), else `connection lost`. */
export const failureOf = (error: unknown): StoreFailure => {
  if (error instanceof StoreFailure) return error
  if (!(error instanceof Error)) return LOST
  if (/timeout/i.test(error.constructor.name)) return new StoreFailure('timeout', 'no answer in time')
  const code = 'code' in error ? error.code : firstOf(error)
  if (typeof code === 'string' && WORD.test(code)) return new StoreFailure('error', code)
  return new StoreFailure('error', refusalOf(error) || 'connection lost')
}

/** The word a server's error begins with, or empty: such words are fixed by the server, what follows may be anything. */
export const refusalOf = (error: unknown): string =>
  error instanceof Error ? (/^([A-Z]{2,20}) /.exec(error.message)?.[1] ?? '') : ''

/** Several addresses were tried (`localhost`). */
const firstOf = (error: Error): unknown => {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  return first instanceof Error && 'code' in first ? first.code : undefined
}

const WORD = /^[A-Z][A-Z0-9_]{1,60}$/
const LOST = new StoreFailure('error', 'connection lost')

/**
 * What tells one evaluation of a configuration's module from the next, at the end of its URL (runtime/replay-modules.ts):
 * of no use to whoever reads a stack.
 */
const EVALUATION = /[?&]sallyport=[0-9a-f]+\.\d+/g

/** Whatever was thrown, for the log: with its stack where it has one. It may be made to harm whoever looks at it. */
export const thrownText = (error: unknown): string => stackText(error).replace(EVALUATION, '')

/** As it is. */
export const stackText = (error: unknown): string => {
  try {
    return error instanceof Error ? String(error.stack ?? error.message) : String(error)
  } catch {
    return 'something that cannot be shown'
  }
}

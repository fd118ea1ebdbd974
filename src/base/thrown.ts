/**
 * What tells one evaluation of a configuration's module from the next, at the end of its URL (runtime/replay-modules.ts):
 * of no use to whoever reads a stack.
 */
const EVALUATION = /[?&]sallyport=[0-9a-f]+\.\d+/g

/** Of a message, which may hold whatever the code had at hand. */
const LONGEST_MESSAGE = 300
const MOST_FRAMES = 12
const LONGEST_FRAME = 300
/** V8 quotes what it could not parse: a piece of somebody's data. */
const QUOTED = /(?:\.\.\.)?"[\s\S]*"(?:\.\.\.)? is not valid JSON/

/**
 * Whatever was thrown, for the log: the beginning of its message, and where it happened. It may be made to harm whoever
 * looks at it, and what it says is not known before: neither a body nor a log without end comes of it.
 */
export const thrownText = (error: unknown): string => {
  const { message, frames } = partsOf(error)
  const said = message.replace(QUOTED, 'it is not valid JSON').replace(EVALUATION, '')
  const cut = said.length > LONGEST_MESSAGE ? `${said.slice(0, LONGEST_MESSAGE)}...` : said
  const shown = frames.slice(0, MOST_FRAMES).map(frame => frame.replace(EVALUATION, '').slice(0, LONGEST_FRAME))
  return [cut, ...shown].join('\n')
}

/** Where the error was made, without a word of its message: that may say anything, also what looks like a place. */
export const framesText = (error: unknown): string => partsOf(error).frames.join('\n')

const FRAME = /^ +at /

const partsOf = (error: unknown): { readonly message: string; readonly frames: readonly string[] } => {
  const text = stackText(error)
  const message = messageOf(error)
  const at = message === '' ? -1 : text.indexOf(message)
  const end = at < 0 ? text.search(/\n +at /) : at + message.length
  const head = end < 0 ? text : text.slice(0, end)
  const frames =
    end < 0
      ? []
      : text
          .slice(end)
          .split('\n')
          .filter(line => FRAME.test(line))
  return { message: head, frames }
}

const messageOf = (error: unknown): string => {
  try {
    return error instanceof Error ? String(error.message) : ''
  } catch {
    return ''
  }
}

/** As it is. */
export const stackText = (error: unknown): string => {
  try {
    return error instanceof Error ? String(error.stack ?? error.message) : String(error)
  } catch {
    return 'something that cannot be shown'
  }
}

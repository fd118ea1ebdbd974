import { framesText, thrownText } from '../base/thrown.ts'
import type { Log } from '../core/ports.ts'
import { MARK } from './replay-modules.ts'

const HOME = new URL('../', import.meta.url).href

/**
 * Code of a configuration may start what it does not wait for. When that fails nobody hears it, and Node ends the thread
 * with all its requests: here it is a line in the log. An error that comes from our own code, without theirs on its
 * stack, ends the thread as before. What its message says does not matter.
 */
export const outliveTheirErrors = (log: Log): void => {
  const survive = (error: unknown): void => {
    if (isOurs(error)) throw error
    log.error('something failed that the configuration does not wait for', { error: thrownText(error) })
  }
  process.on('unhandledRejection', survive)
  process.on('uncaughtException', survive)
}

const isOurs = (error: unknown): boolean => {
  const frames = framesText(error)
  return frames.includes(HOME) && !frames.includes(MARK)
}

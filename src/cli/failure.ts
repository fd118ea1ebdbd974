import { CommandError, EXIT } from './exit.ts'

/** What nobody caught ends the process like what was caught; a reader that goes away (`| head`) must not end it. */
export const guardProcess = (debug: boolean): void => {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  process.on('uncaughtException', error => process.exit(reportFailure(error, debug)))
}

/** Says it in one sentence, with `debug` where it happened; returns the exit code. */
export const reportFailure = (error: unknown, debug: boolean): number => {
  const message = error instanceof Error ? error.message : String(error)
  say(debug && error instanceof Error && error.stack !== undefined ? error.stack : message)
  return error instanceof CommandError ? error.exitCode : EXIT.failed
}

export const say = (text: string): void => void process.stderr.write(`sallyport: ${text}\n`)

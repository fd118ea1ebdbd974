import { guardProcess, reportFailure } from './failure.ts'

/** Does what the command line says, and resolves to the exit code. */
export const runCommandLine = async (args: readonly string[]): Promise<number> => {
  const debug = args.includes('--debug')
  guardProcess(debug)
  try {
    if (isPlainRun(args)) return await (await import('./run.ts')).run(args[1])
    return await (await import('./program.ts')).runProgram(args)
  } catch (error) {
    return reportFailure(error, debug)
  }
}

/**
 * `run`, or `run` and a file: what every gateway is started with. It says all by itself, so that what reads options is
 * neither waited for (a tenth of a start) nor kept in memory.
 */
const isPlainRun = ([command, file = 'sallyport.yaml', ...more]: readonly string[]): boolean =>
  command === 'run' && file !== '' && !file.startsWith('-') && more.length === 0

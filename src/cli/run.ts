import { type Loaded, loadConfig } from '../config/load.ts'
import { watchFiles } from '../config/watch.ts'
import type { Log } from '../core/ports.ts'
import { showAddress } from '../spec/address.ts'
import { type Problem, showProblem } from '../spec/problem.ts'
import { createLog } from '../telemetry/log.ts'
import { acceptQueueAdvice } from '../workers/advice.ts'
import { coalesce } from '../workers/coalesce.ts'
import { CommandError, EXIT } from './exit.ts'
import { type Launched, launchGateway } from './launch.ts'
import { onSignals } from './signals.ts'

/** Starts the gateway and keeps it until a signal ends it. Resolves to the exit code. */
export const run = async (
  file: string | undefined,
  onReady: (gateway: Launched) => void = () => {},
): Promise<number> => {
  const log = createLog()
  const read = () => loadConfig({ ...(file === undefined ? {} : { file }), cwd: process.cwd(), env: process.env })

  // 1. Read.
  const loaded = await read()
  for (const problem of loaded.problems) process.stderr.write(`${problem.severity}: ${showProblem(problem)}\n`)
  if (loaded.spec === undefined)
    throw new CommandError(`${loaded.file}: ${countErrors(loaded.problems)}; nothing was started`)

  // 2. Start.
  const gateway = await launchGateway(loaded.spec, { log })
  announce(gateway, log)

  // 3. Follow the files and SIGHUP.
  const reload = coalesce(async () => {
    await reloadFrom(read, gateway, log)
  })
  const watch = watchFiles(loaded.watched, reload)

  // 4. Until the end.
  const signal = await new Promise<string>(resolve => {
    onSignals({
      reload: () => {
        void gateway.reopenLog().catch(error => log.error(messageOf(error)))
        reload()
      },
      stop: resolve,
    })
    onReady(gateway)
  })
  log.info(`${signal}: draining`)
  watch.close()
  await gateway.drain()
  log.info('stopped')
  return EXIT.ok
}

type Read = () => Promise<Loaded>

/** One look at the files: all of what they say is taken over, or nothing and the log says why. */
const reloadFrom = async (read: Read, gateway: Launched, log: Log): Promise<readonly string[] | undefined> => {
  const { spec, problems, file, watched } = await read()
  for (const problem of problems) log[problem.severity === 'error' ? 'error' : 'warn'](showProblem(problem))
  if (spec === undefined) {
    log.error(`not reloaded: ${countErrors(problems)} in ${file}; what was running goes on`)
    return watched
  }
  try {
    for (const advice of await gateway.reload(spec)) log.warn(advice)
    log.info('reloaded', { file })
  } catch (error) {
    log.error(`not reloaded: ${messageOf(error)}; what was running goes on`)
  }
  return watched
}

const announce = (gateway: Launched, log: Log): void => {
  const { listeners, workers } = gateway.spec()
  for (const { name, tls, ...address } of listeners) {
    log.info(`listening on ${tls === undefined ? 'http' : 'https'}://${showAddress(address)}`, {
      listener: name,
      workers,
    })
  }
  if (gateway.admin !== undefined) log.info(`admin on http://${showAddress(gateway.admin)}`)
  const advice = acceptQueueAdvice(workers)
  if (advice !== undefined) log.info(advice)
}

const countErrors = (problems: readonly Problem[]): string => {
  const errors = problems.filter(problem => problem.severity === 'error').length
  return errors === 1 ? '1 error' : `${errors} errors`
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

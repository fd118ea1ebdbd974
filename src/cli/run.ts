import { relative } from 'node:path'
import type { Loaded } from '../config/load.ts'
import { loadApart } from '../config/load-apart.ts'
import { watchFiles } from '../config/watch.ts'
import type { Log } from '../core/ports.ts'
import { showAddress } from '../spec/address.ts'
import { showProblem } from '../spec/problem.ts'
import { createLog } from '../telemetry/log.ts'
import { acceptQueueAdvice } from '../workers/advice.ts'
import { coalesce } from '../workers/coalesce.ts'
import { CommandError, EXIT } from './exit.ts'
import type { Launched } from './launch.ts'
import { printProblems } from './print-problems.ts'
import { countProblems } from './problems.ts'
import { onSignals, type StopSignal } from './signals.ts'

type Read = () => Promise<Loaded>

/** Starts the gateway and keeps it until a signal ends it. Resolves to the exit code. */
export const run = async (file?: string, onReady: (gateway: Launched) => void = () => {}): Promise<number> => {
  const log = createLog()
  const read: Read = () => loadApart({ file, cwd: process.cwd(), env: process.env })

  // 1. Signals count from the beginning: one that comes too early waits for the gateway.
  const { stopped, onReload } = receiveSignals()

  // 2. Read, in a thread; meanwhile this one loads what starts the gateway.
  const [loaded, { launchGateway }] = await Promise.all([read(), import('./launch.ts')])
  printProblems(loaded.problems)
  if (loaded.spec === undefined) {
    throw new CommandError(`nothing was started: ${countProblems(loaded.problems)} in ${near(loaded.file)}`)
  }

  // 3. Start.
  const gateway = await launchGateway(loaded.spec, { log })
  const follower = follow(read, loaded.watched, gateway, log)
  onReload(follower.reload)
  announce(gateway, log)
  onReady(gateway)

  // 4. Serve, and follow the files, until a signal ends it.
  const signal = await stopped
  follower.close()

  // 5. End well.
  log.info(`draining after ${signal}`)
  await gateway.drain()
  log.info('stopped')
  return EXIT.ok
}

const receiveSignals = () => {
  const stop = Promise.withResolvers<StopSignal>()
  const reload = Promise.withResolvers<() => void>()
  onSignals({ reload: () => void reload.promise.then(run => run()), stop: stop.resolve })
  return { stopped: stop.promise, onReload: reload.resolve }
}

/** Reloads when the files change or when asked to. */
const follow = (read: Read, files: readonly string[], gateway: Launched, log: Log) => {
  let followed = files
  const reload = coalesce(async () => {
    // A signal that comes with the change is the same wish: one reload, not two.
    watch.seen()
    const loaded = await read().catch((error: unknown) => {
      gateway.countUnreadable()
      notReloaded(error, log)
    })
    if (loaded === undefined) return
    await takeOver(loaded, gateway, log)
    // Following anew counts what the files hold now as seen: only when there is something new to follow.
    if (loaded.watched.join('\n') === followed.join('\n')) return
    followed = loaded.watched
    watch.follow(followed)
  })
  const watch = watchFiles(files, reload)
  return {
    close: watch.close,
    reload: () => {
      gateway.reopenLog().catch(error => log.error(error.message))
      reload()
    },
  }
}

/** All of what was read, or nothing, and the log says why. */
const takeOver = async ({ spec, problems, file }: Loaded, gateway: Launched, log: Log): Promise<void> => {
  for (const problem of problems) log[problem.severity === 'error' ? 'error' : 'warn'](showProblem(problem))
  try {
    if (spec === undefined) {
      gateway.countUnreadable()
      throw new Error(`${countProblems(problems)} in ${near(file)}`)
    }
    for (const note of await gateway.reload(spec)) log.warn(note)
    log.info(`reloaded ${near(file)}`)
  } catch (error) {
    notReloaded(error, log)
  }
}

const notReloaded = (error: unknown, log: Log): void =>
  log.error(`not reloaded, what was running goes on: ${error instanceof Error ? error.message : String(error)}`)

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

/** Relative to the working directory when it lies below. */
const near = (file: string): string => {
  const path = relative(process.cwd(), file)
  return path === '' || path.startsWith('..') ? file : path
}

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, start } from './children.ts'
import type { Launch, Place } from './peer.ts'
import { CONFIGS, pinnedNode, ROOT } from './places.ts'
import { freePort } from './ports.ts'

const ENTRY = join(ROOT, 'src/cli/main.ts')

export const needsSallyport = (): string | null => (existsSync(ENTRY) ? null : 'src/cli/main.ts does not exist')

/** `entry` is the command line's main file. */
export const startSallyport = async (name: string, config: string, place: Place, entry = ENTRY): Promise<Child> =>
  start(name, pinnedNode(), [entry, 'run', config], {
    BENCH_PORT: String(place.port),
    BENCH_ADMIN: String(await freePort()),
    BENCH_UPSTREAM: String(place.upstream),
  })

type Started = Pick<Place, 'port' | 'folder'>

/** Of one start. In a folder of its own, as in `/var/log`: beside a configuration, lines would wake who watches it. */
const logFolder = ({ folder, port }: Started): string => join(folder, 'logs', String(port))

export const accessLogFile = (started: Started): string => {
  const logs = logFolder(started)
  mkdirSync(logs, { recursive: true })
  return join(logs, 'access.log')
}

/** A run writes gigabytes of them. */
export const removeLogs = (started: Started): void => rmSync(logFolder(started), { recursive: true, force: true })

/** A line of a configuration. */
export const accessLogTo = (file: string): string => `accessLog: { format: json, to: "${file}" }\n`

/** With the log on, the committed configuration plus one line. */
export const launchSallyport =
  (logs: boolean, entry = ENTRY): Launch =>
  place => {
    const committed = join(CONFIGS, 'sallyport.yaml')
    if (!logs) return startSallyport('sallyport', committed, place, entry)
    const name = 'sallyport-log'
    const config = join(place.folder, `${name}-${place.port}.yaml`)
    writeFileSync(config, readFileSync(committed, 'utf8') + accessLogTo(accessLogFile(place)))
    return startSallyport(name, config, place, entry)
  }

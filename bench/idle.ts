import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Child, start, stop, stopAll, temporaryFolder } from './children.ts'
import { launchNginx } from './nginx.ts'
import type { Launch } from './peer.ts'
import { installed, pinnedNode, ROOT } from './places.ts'
import { answering, freePort } from './ports.ts'
import { usageOf } from './proc.ts'
import { asText, idleTable } from './report.ts'
import { launchSallyport } from './sallyport.ts'
import { startUpstream } from './upstream.ts'

/** Resident memory of a proxy with nothing to do: alone, and per open connection that has done one request. */
export interface IdleFigure {
  readonly name: string
  readonly title: string
  readonly idleMb: number
  readonly connections: number
  readonly kbEach: number
}

export interface IdleSettings {
  readonly upstream: number
  readonly folder: string
  /** Names of peers; those not listed are left out. */
  readonly wanted: readonly string[]
  readonly connections: number
  readonly skip: (line: string) => void
}

const candidates = (): { name: string; title: string; launch: Launch }[] => {
  const built = join(ROOT, 'dist/cli/main.js')
  const sources = join(ROOT, 'src/cli/main.ts')
  const found = []
  if (installed('nginx')) found.push({ name: 'nginx', title: 'nginx', launch: launchNginx(null) })
  if (existsSync(built)) {
    found.push({ name: 'sallyport', title: 'Sallyport (built package)', launch: launchSallyport(false, built) })
  } else if (existsSync(sources)) {
    found.push({ name: 'sallyport', title: 'Sallyport (from sources)', launch: launchSallyport(false, sources) })
  }
  return found
}

export const measureIdle = async (settings: IdleSettings): Promise<IdleFigure[]> => {
  const figures: IdleFigure[] = []
  for (const one of candidates()) {
    if (!settings.wanted.includes(one.name)) continue
    try {
      figures.push(await measureOne(settings, one))
    } catch (error) {
      settings.skip(`idle ${one.name}: ${error instanceof Error ? error.message : error}`)
    }
  }
  return figures
}

const measureOne = async (
  settings: IdleSettings,
  one: { name: string; title: string; launch: Launch },
): Promise<IdleFigure> => {
  const { upstream, folder, skip } = settings
  const connections = Math.min(settings.connections, openFilesLimit() - 500)
  if (connections < settings.connections) skip(`idle ${one.name}: only ${connections} connections (raise ulimit -n)`)
  const port = await freePort()
  const proxy = await one.launch({ port, upstream, folder })
  try {
    await answering(proxy, port, '/api/orders/1')
    const idle = await settled(proxy)
    await stop(await openConnections(port, 100)) // what the first requests allocate is no connection's
    const before = await settled(proxy)
    const client = await openConnections(port, connections)
    const after = await settled(proxy)
    await stop(client)
    return {
      name: one.name,
      title: one.title,
      idleMb: idle / 1024,
      connections,
      kbEach: (after - before) / connections,
    }
  } finally {
    await stop(proxy)
  }
}

/** Node raises its soft limit to the hard one by itself, and what it starts inherits that. */
const openFilesLimit = (): number =>
  Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024)

/** Resident memory once the collector had three seconds to come by. */
const settled = async (child: Child): Promise<number> => {
  await pause(3000)
  if (!child.running()) throw new Error(`it ended: ${child.lastWords()}`)
  return usageOf(child.pid).rssKb
}

/** A process holding `count` connections, each of which has done one request; at most 60 s to get there. */
const openConnections = async (port: number, count: number): Promise<Child> => {
  const script = join(import.meta.dirname, 'load/idle-client.ts')
  const client = start('idle-client', pinnedNode(), [script, String(port), String(count)])
  for (const end = Date.now() + 60_000; Date.now() < end; await pause(50)) {
    if (client.lastWords().includes('all open')) return client
    if (!client.running()) throw new Error(client.lastWords())
  }
  await stop(client)
  throw new Error(`${count} connections did not open in 60 s: ${client.lastWords()}`)
}

const main = async (): Promise<void> => {
  const folder = temporaryFolder()
  const upstream = await startUpstream(folder)
  const connections = Number(process.argv[2] ?? 10_000)
  const wanted = ['nginx', 'sallyport']
  const figures = await measureIdle({
    upstream: upstream.port,
    folder,
    wanted,
    connections,
    skip: line => console.error(`skipped: ${line}`),
  })
  console.log(asText(idleTable(figures)))
}

if (import.meta.main) await main().finally(stopAll)

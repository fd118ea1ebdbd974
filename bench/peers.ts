import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, start, stop } from './children.ts'
import { CONFIGS, installed, pinnedNode, ROOT } from './places.ts'
import { answering, freePort, get } from './ports.ts'
import { writeFilled } from './template.ts'

/** Where a peer runs: its own port, the upstream's, a folder for its files. */
interface Place {
  readonly port: number
  readonly upstream: number
  readonly folder: string
}

export interface Peer {
  readonly name: string
  readonly title: string
  /** What is missing, or null when it can be started. */
  readonly missing: () => string | null
  readonly logs: boolean
  /** Compiles as it runs, so the first round is preceded by a longer warm-up. */
  readonly warmsUp: boolean
  /** Null: there is no process between wrk and the upstream. */
  readonly launch: ((place: Place) => Promise<Child>) | null
}

export interface RunningPeer extends Peer {
  readonly port: number
  readonly child: Child | null
}

const needs = (program: string) => () => (installed(program) ? null : `${program} is not installed`)

const SALLYPORT = join(ROOT, 'src/cli/main.ts')
const needsSallyport = () => (existsSync(SALLYPORT) ? null : 'src/cli/main.ts does not exist')

export const launchNginx =
  (logs: boolean) =>
  async (place: Place): Promise<Child> => {
    const accessLog = logs ? `${place.folder}/nginx-access.log full buffer=64k flush=1s` : 'off'
    const values = { DIR: place.folder, PORT: place.port, UPSTREAM: place.upstream, ACCESS_LOG: accessLog }
    const name = logs ? 'nginx-log' : 'nginx'
    const config = writeFilled(join(CONFIGS, 'nginx.conf'), join(place.folder, `${name}.conf`), values)
    return start(name, 'nginx', ['-e', 'stderr', '-p', place.folder, '-c', config])
  }

const launchHaproxy = async (place: Place): Promise<Child> => {
  const values = { PORT: place.port, UPSTREAM: place.upstream }
  const config = writeFilled(join(CONFIGS, 'haproxy.cfg'), join(place.folder, 'haproxy.cfg'), values)
  return start('haproxy', 'haproxy', ['-db', '-f', config])
}

const launchNodeUndici = async (place: Place): Promise<Child> => {
  const script = join(import.meta.dirname, 'servers/node-undici.ts')
  return start('node-undici', pinnedNode(), [script, String(place.port), String(place.upstream)])
}

/** With the log on, the committed configuration plus one line; `entry` is the command line's main file. */
export const launchSallyport =
  (logs: boolean, entry = SALLYPORT) =>
  async (place: Place): Promise<Child> => {
    const committed = join(CONFIGS, 'sallyport.yaml')
    const config = logs ? join(place.folder, 'sallyport-log.yaml') : committed
    const log = `accessLog: { format: json, to: "${place.folder}/sallyport-access.log" }\n`
    if (logs) writeFileSync(config, readFileSync(committed, 'utf8') + log)
    return start(logs ? 'sallyport-log' : 'sallyport', pinnedNode(), [entry, 'run', config], {
      BENCH_PORT: String(place.port),
      BENCH_ADMIN: String(await freePort()),
      BENCH_UPSTREAM: String(place.upstream),
    })
  }

const plain = { logs: false, warmsUp: false }

export const PEERS: readonly Peer[] = [
  { ...plain, name: 'direct', title: 'direct (no proxy)', missing: () => null, launch: null },
  { ...plain, name: 'nginx', title: 'nginx', missing: needs('nginx'), launch: launchNginx(false) },
  { ...plain, name: 'haproxy', title: 'HAProxy', missing: needs('haproxy'), launch: launchHaproxy },
  {
    ...plain,
    name: 'node-undici',
    title: 'node:http + undici',
    missing: () => null,
    warmsUp: true,
    launch: launchNodeUndici,
  },
  {
    ...plain,
    name: 'sallyport',
    title: 'Sallyport',
    missing: needsSallyport,
    warmsUp: true,
    launch: launchSallyport(false),
  },
  {
    ...plain,
    name: 'nginx-log',
    title: 'nginx + access log',
    missing: needs('nginx'),
    logs: true,
    launch: launchNginx(true),
  },
  {
    name: 'sallyport-log',
    title: 'Sallyport + access log',
    missing: needsSallyport,
    logs: true,
    warmsUp: true,
    launch: launchSallyport(true),
  },
]

/** Starts a peer and proves that it does the same work as the others; ends it and throws when it does not. */
export const startPeer = async (peer: Peer, upstream: number, folder: string): Promise<RunningPeer> => {
  if (peer.launch === null) return { ...peer, port: upstream, child: null }
  const port = await freePort()
  const child = await peer.launch({ port, upstream, folder })
  try {
    await answering(child, port, '/api/orders/1')
    await doesTheWork(port, upstream)
  } catch (error) {
    await stop(child)
    throw error
  }
  return { ...peer, port, child }
}

/** Forwarded headers and the target's `Host` upstream, the prefix stripped, a request id on both sides. */
const doesTheWork = async (port: number, upstream: number): Promise<void> => {
  const answer = await get(port, '/api/users/echo', { Host: 'api.example.com' })
  const seen: Record<string, unknown> = JSON.parse(answer.body)
  const id = answer.headers['x-request-id']
  const wanted: Record<string, unknown> = {
    uri: '/echo',
    host: `127.0.0.1:${upstream}`,
    for: '127.0.0.1',
    proto: 'http',
    forwardedHost: 'api.example.com',
    requestId: id,
  }
  if (!id) throw new Error('it does not do the same work: no X-Request-Id in the answer')
  for (const [what, value] of Object.entries(wanted)) {
    if (seen[what] !== value) {
      throw new Error(`it does not do the same work: ${what} upstream is "${seen[what]}", not "${value}"`)
    }
  }
}

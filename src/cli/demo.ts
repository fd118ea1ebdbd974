import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { showAddress } from '../spec/address.ts'
import { bindAlone } from '../workers/bind.ts'
import { demoConfig } from './demo/config.ts'
import { type DemoCredentials, demoCredentials } from './demo/credentials.ts'
import { startSamples } from './demo/samples.ts'
import { tourText } from './demo/tour.ts'
import type { Launched } from './launch.ts'
import { run } from './run.ts'

export interface DemoOptions {
  /** Only this port; without it 8080 or the next free one. */
  readonly port?: number
}

const HOST = '127.0.0.1'
const GATEWAY_PORT = 8080
const ADMIN_PORT = 9901
/** How many ports are tried after the wanted one. */
const TRIES = 50

/** Sample services, and before them a gateway that runs from a configuration file like any other. */
export const demo = async ({ port }: DemoOptions): Promise<number> => {
  const gateway = port === undefined ? await freePort(GATEWAY_PORT) : await bindAlone({ host: HOST, port }, '--port')
  const admin = await freePort(ADMIN_PORT)
  const samples = await startSamples()
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-demo-'))
  try {
    const file = join(folder, 'sallyport.yaml')
    const credentials = demoCredentials(Date.now())
    await writeFile(file, demoConfig({ gateway, admin, samples: samples.ports, credentials }), { mode: 0o600 })
    return await run(file, launched => {
      if (port === undefined && gateway !== GATEWAY_PORT)
        say(`port ${GATEWAY_PORT} is taken: the gateway is on ${gateway}`)
      process.stdout.write(welcome(launched, file, credentials))
    })
  } finally {
    await samples.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const say = (text: string): void => void process.stdout.write(`\n${text}\n`)

const welcome = (launched: Launched, file: string, credentials: DemoCredentials): string =>
  tourText({
    gateway: `http://${showAddress(launched.spec().listeners[0]!)}`,
    admin: `http://${showAddress(launched.admin!)}`,
    file,
    pid: process.pid,
    credentials,
    sallyport: `${shown(process.execPath)} ${shown(process.argv[1] ?? 'sallyport')}`,
  })

/** As one would type it: relative to the working directory when it lies below. */
const shown = (path: string): string => {
  const below = relative('.', path)
  const short = below.startsWith('..') || below === '' ? path : `./${below}`
  return /^[\w./:@+-]+$/.test(short) ? short : `'${short.replaceAll("'", `'\\''`)}'`
}

const freePort = async (wanted: number): Promise<number> => {
  for (let port = wanted; port < wanted + TRIES; port++) {
    const bound = await bindAlone({ host: HOST, port }, 'demo').catch(() => undefined)
    if (bound !== undefined) return bound
  }
  return bindAlone({ host: HOST, port: 0 }, 'demo')
}

import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sallyport, sallyport } from './sallyport.ts'

/** `sallyport run` on a configuration that the test writes, with what tests ask of it. */
export interface Running extends Sallyport {
  readonly port: number
  readonly adminPort: number
  readonly folder: string
  /** Replaces a file beside the configuration in one step. */
  put(name: string, text: string): Promise<void>
  /** Replaces the configuration in one step, sends SIGHUP and resolves to what the log says about it. */
  reload(config: string): Promise<string>
  /** Status and text of a page of the admin listener. */
  admin(path: string): Promise<{ status: number; text: string }>
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | string>
}

export interface RunOptions {
  /** Files beside the configuration, by name. */
  readonly files?: Readonly<Record<string, string>>
  readonly env?: NodeJS.ProcessEnv
  readonly nodeArgs?: string[]
  /** What the configuration is called; sallyport.yaml unless given. */
  readonly name?: string
}

const portIn = (match: RegExpExecArray): number => Number(match[1])

/** Starts it and waits until it serves; the caller ends it with `stop`. */
export const startRunning = async (
  config: string,
  { files = {}, env = {}, nodeArgs = [], name: configName = 'sallyport.yaml' }: RunOptions = {},
): Promise<Running> => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-run-'))
  const file = join(folder, configName)
  const write = async (name: string, text: string): Promise<void> => {
    await writeFile(join(folder, 'new'), text)
    await rename(join(folder, 'new'), join(folder, name))
  }
  for (const [name, text] of Object.entries(files)) await write(name, text)
  await write(configName, config)
  const gateway = sallyport(['run', file], { env: { ...process.env, ...env }, nodeArgs })
  const port = portIn(await gateway.says(/listening on https?:\/\/[\d.]+:(\d+)/))
  const adminPort = portIn(await gateway.says(/admin on http:\/\/[\d.]+:(\d+)/))
  return {
    ...gateway,
    port,
    adminPort,
    folder,
    put: write,
    reload: async text => {
      const before = gateway.err().length
      await write(configName, text)
      gateway.child.kill('SIGHUP')
      return (await gateway.says(/(?:not )?reloaded\b.*/, before))[0]
    },
    admin: async path => {
      const response = await fetch(`http://127.0.0.1:${adminPort}${path}`)
      return { status: response.status, text: await response.text() }
    },
    stop: async () => {
      gateway.child.kill('SIGTERM')
      const code = await gateway.ended
      await rm(folder, { recursive: true, force: true })
      return code
    },
  }
}

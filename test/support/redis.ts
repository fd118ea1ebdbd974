import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { available } from './apt-install.ts'
import { listen } from './listen.ts'

/** A real server on loopback, of its own, without persistence. Only what was started here is ever signalled. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Of the process that runs now. */
  readonly pid: number
  /** Ends it and removes its folder. */
  stop(): Promise<void>
  /** SIGKILL: connections break. */
  kill(): Promise<void>
  /** SIGSTOP: it accepts connections (the kernel does) and never answers. */
  pause(): void
  resume(): void
  /** On the same port, empty. */
  restart(): Promise<void>
}

/** False when there is no Redis here and none can be had; on CI that is a failure. */
export const redisAvailable = (): boolean => available('redis-server', '--version', 'limits in Redis')

export const startRedis = async (args: readonly string[] = []): Promise<RedisServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-redis-'))
  const port = await freePort()
  let running = await run(port, folder, args)
  const signal = (name: NodeJS.Signals): void => void running.kill(name)
  const end = async (name: NodeJS.Signals): Promise<void> => {
    if (running.exitCode !== null || running.signalCode !== null) return
    const exited = once(running, 'exit')
    // A stopped process hears nothing else.
    signal('SIGCONT')
    signal(name)
    await exited
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return running.pid ?? 0
    },
    async stop() {
      await end('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
    kill: () => end('SIGKILL'),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    async restart() {
      await end('SIGKILL')
      running = await run(port, folder, args)
    },
  }
}

const freePort = async (): Promise<number> => {
  const held = await listen(createServer())
  await held.close()
  return held.port
}

const run = async (port: number, folder: string, more: readonly string[]): Promise<ChildProcess> => {
  const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', [...fixed, ...more], { stdio: ['ignore', 'ignore', 'inherit'] })
  // A test that fails must not leave a server behind.
  const last = (): void => void child.kill('SIGKILL')
  process.once('exit', last)
  child.once('exit', () => process.off('exit', last))
  for (let tries = 0; tries < 500; tries++) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
    if (await accepts(port)) return child
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  last()
  throw new Error('redis-server does not accept connections')
}

const accepts = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fencedBlocks, type Shown, shownIn } from './console-blocks.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** An example that runs, on ports of its own. */
export interface RunningExample {
  /** The commands of its README, for these ports. */
  readonly shown: readonly Shown[]
  /** Runs them in one shell, so that variables last; the outputs, standard error included. */
  run(commands: readonly string[]): Promise<readonly string[]>
  stop(): Promise<void>
}

/**
 * Starts what the `sh` block of an example's README starts, as a shell would: lines with `&` at the end and the last one
 * go on, others end before the next begins. The ports that its files give as
 * defaults are replaced by free ones, or by those in `given`: in the environment and in the commands. Lines that start
 * something which is `given` are left out.
 */
export const startExample = async (
  folder: string,
  given: ReadonlyMap<string, number> = new Map(),
): Promise<RunningExample> => {
  const page = readFileSync(`${ROOT}${folder}/README.md`, 'utf8')
  const named = portsIn(folder, page)
  const ports = await freePorts(named.map(({ port }) => port).filter(port => !given.has(port)))
  for (const [port, instead] of given) ports.set(port, instead)
  const moved = (text: string): string => text.replace(/\b\d{4,5}\b/g, port => `${ports.get(port) ?? port}`)
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`
  // An example may have tests: they are no part of the run that this is.
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: path, NODE_TEST_CONTEXT: undefined }
  for (const { name, port } of named.filter(({ isDefault }) => isDefault)) Object.assign(env, { [name]: moved(port) })

  const start = fencedBlocks(page).find(({ language }) => language === 'sh')?.text ?? ''
  const lines = start.split('\n').filter(line => line !== '' && ![...given.keys()].some(port => line.includes(port)))
  const goesOn = (line: string): boolean => line.endsWith(' &') || line === lines.at(-1)
  for (const line of lines.filter(each => !goesOn(each))) execFileSync('bash', ['-c', moved(line)], { cwd: ROOT, env })
  const children = lines.filter(goesOn).map(line => startLine(moved(line.replace(/ &$/, '')), env))
  const stop = async (): Promise<void> => void (await Promise.all(children.map(end)))
  try {
    await Promise.all([...ports.values()].map(port => accepts(port, children)))
  } catch (error) {
    await stop()
    throw error
  }
  const shown = shownIn(page).map(({ command, expected }) => ({ command: moved(command), expected: moved(expected) }))
  return { shown, run: commands => runInOneShell(commands, env), stop }
}

interface NamedPort {
  readonly name: string
  readonly port: string
  /** Meant unless the variable is set; else it is set before a command of the README. */
  readonly isDefault: boolean
}

const portsIn = (folder: string, page: string): readonly NamedPort[] => {
  const files = globSync([`${folder}/*.{yaml,ts}`, 'examples/*.ts'], { cwd: ROOT }).map(file =>
    readFileSync(ROOT + file, 'utf8'),
  )
  return [
    ...namedIn(files.join('\n'), /\b(\w*PORT)(?::-|'\] \?\? )(\d+)/g, true),
    ...namedIn(page, /\b(\w*PORT)=(\d+)/g, false),
  ]
}

const namedIn = (text: string, pattern: RegExp, isDefault: boolean): NamedPort[] =>
  [...text.matchAll(pattern)].map(([, name = '', port = '']) => ({ name, port, isDefault }))

/** All are held until the last is found, so that no two are the same. */
const freePorts = async (wanted: readonly string[]): Promise<Map<string, number>> => {
  const held = await Promise.all([...new Set(wanted)].map(async port => ({ port, server: await hold() })))
  const found = held.map(({ port, server }): [string, number] => [port, portOf(server)])
  await Promise.all(held.map(({ server }) => once(server.close(), 'close')))
  return new Map(found)
}

const hold = async (): Promise<Server> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const portOf = (server: Server): number => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

interface Child {
  readonly process: ChildProcess
  readonly line: string
  written: string
}

const startLine = (line: string, env: NodeJS.ProcessEnv): Child => {
  // `exec`, so that what is ended is the program and not a shell; variables may stand before it.
  const command = line.replace(/^((?:\w+=\S+ )*)/, '$1exec ')
  const child = {
    process: spawn('bash', ['-c', command], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] }),
    line,
    written: '',
  }
  for (const stream of [child.process.stdout, child.process.stderr]) {
    stream?.setEncoding('utf8').on('data', text => {
      child.written += text
    })
  }
  const last = (): void => void child.process.kill('SIGKILL')
  process.once('exit', last)
  child.process.once('exit', () => process.off('exit', last))
  return child
}

const hasEnded = ({ process: { exitCode, signalCode } }: Child): boolean => exitCode !== null || signalCode !== null

const end = async (child: Child): Promise<void> => {
  if (hasEnded(child)) return
  const ended = once(child.process, 'exit')
  child.process.kill('SIGTERM')
  await ended
}

const accepts = async (port: number, children: readonly Child[]): Promise<void> => {
  for (let tries = 0; tries < 1000; tries++) {
    if (await canConnect(port)) return
    const gone = children.find(hasEnded)
    if (gone !== undefined) throw new Error(`"${gone.line}" ended:\n${gone.written}`)
    await new Promise(resolve => setTimeout(resolve, 30))
  }
  throw new Error(
    `nothing listens on ${port}:\n${children.map(({ line, written }) => `${line}\n${written}`).join('\n')}`,
  )
}

const canConnect = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    }).once('error', () => resolve(false))
  })

const MARK = '---- end of command ----'

const runInOneShell = async (commands: readonly string[], env: NodeJS.ProcessEnv): Promise<readonly string[]> => {
  const script = commands.map(command => `${command}\nprintf '\\n%s\\n' '${MARK}'\n`).join('')
  const shell = spawn('bash', ['-c', `exec 2>&1\n${script}`], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  shell.stdout.setEncoding('utf8').on('data', text => {
    output += text
  })
  await once(shell, 'close')
  return output.split(`\n${MARK}\n`).slice(0, -1)
}

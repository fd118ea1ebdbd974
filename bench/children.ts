import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { treeOf } from './proc.ts'

/**
 * Everything the harness starts, so that nothing outlives it: not on success, not on failure, not on Ctrl-C.
 * Processes are ended by pid, with their children (an nginx master that is killed leaves its worker behind).
 */
export interface Child {
  readonly name: string
  readonly pid: number
  /** The last words on stderr, for the message when it dies. */
  readonly lastWords: () => string
  readonly running: () => boolean
}

const alive = new Map<Child, ChildProcess>()
const tied = new Set<ChildProcess>()
const folders: string[] = []

export const start = (name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child => {
  const started = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } })
  if (started.pid === undefined) throw new Error(`cannot start ${name}: ${command} not found`)
  let words = ''
  started.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2000)
  })
  const child: Child = {
    name,
    pid: started.pid,
    lastWords: () => words.trim(),
    running: () => started.exitCode === null && started.signalCode === null,
  }
  alive.set(child, started)
  started.on('exit', () => alive.delete(child))
  return child
}

/** Asks with SIGTERM, insists after two seconds. */
export const stop = async (child: Child): Promise<void> => {
  const running = alive.get(child)
  if (running === undefined) return
  const gone = new Promise<void>(resolve => running.once('exit', () => resolve()))
  running.kill('SIGTERM')
  const insist = setTimeout(() => killTree(child.pid), 2000)
  await gone
  clearTimeout(insist)
}

/** A folder that other users may read: nginx started by root serves as `nobody`. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  chmodSync(folder, 0o755)
  folders.push(folder)
  return folder
}

const killTree = (pid: number): void => {
  for (const one of treeOf(pid)) {
    try {
      process.kill(one, 'SIGKILL')
    } catch {
      // It ended by itself in between.
    }
  }
}

/** A process of somebody else's making ends with the harness too, even while it is stopped. */
export const endWithUs = (running: ChildProcess): void => {
  tied.add(running)
  running.on('exit', () => tied.delete(running))
}

const cleanUp = (): void => {
  for (const running of tied) running.kill('SIGKILL')
  for (const child of alive.keys()) killTree(child.pid)
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

export const stopAll = async (): Promise<void> => {
  await Promise.all([...alive.keys()].map(stop))
  cleanUp()
}

process.on('exit', cleanUp)
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => process.exit(code))
}

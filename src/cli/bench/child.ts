import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a child is told, and what it says. */
export type ToChild = { readonly type: 'start'; readonly init: unknown } | { readonly type: 'cpu' }
export type FromChild =
  | { readonly type: 'ready'; readonly info: unknown }
  | { readonly type: 'failed'; readonly message: string }
  /** User and system time of all its threads so far. */
  | { readonly type: 'cpu'; readonly ms: number }

/** A process of the bench. */
export interface Child<Info> {
  readonly pid: number
  readonly info: Info
  /** CPU time of all its threads so far, ms. Rejects once it has ended. */
  cpuMs(): Promise<number>
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>
}

const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const READY_MS = 30_000
/** What it wrote last on standard error, for the message when it dies. */
const KEPT_CHARS = 2000

/** Forks one of the entries in this folder. Children end when this process does, however it ends: see `childMain`. */
export const startChild = async <Info>(entry: string, init: unknown): Promise<Child<Info>> => {
  const file = fileURLToPath(new URL(`./${entry}.${EXTENSION}`, import.meta.url))
  // Its standard output may be an access log: to nowhere, and what it costs to write it is still spent.
  const child = fork(file, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-KEPT_CHARS)
  })
  const ended = once(child, 'exit')
  const gone = ended.then(([code, signal]) => {
    throw new Error(`${entry} ended with ${code ?? signal}${said === '' ? '' : `: ${said.trim()}`}`)
  })
  gone.catch(() => {})
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended.catch(() => {})
  }
  const ask = (message: ToChild): Promise<FromChild> => {
    const answer = nextMessage(child)
    child.send(message, () => {})
    return Promise.race([answer, gone])
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_MS)
  try {
    const first = await ask({ type: 'start', init })
    if (first.type === 'failed') throw new Error(first.message)
    if (first.type !== 'ready') throw new Error(`${entry} said ${first.type} before it was ready`)
    return {
      pid: child.pid ?? 0,
      info: first.info as Info,
      cpuMs: async () => {
        const answer = await ask({ type: 'cpu' })
        return answer.type === 'cpu' ? answer.ms : 0
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

const nextMessage = async (child: ChildProcess): Promise<FromChild> => {
  const [message]: FromChild[] = await once(child, 'message')
  return message!
}

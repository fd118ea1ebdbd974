import { constants, fstatSync, write as fsWrite } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** Where log bytes go. */
export interface LogTarget {
  /** Writes some or all of the bytes and says how many; rejects with the system's error. */
  write(bytes: Uint8Array): Promise<number>
  /** Of a regular file, which several threads may append to; else -1. */
  readonly fd: number
  close(): Promise<void>
}

const STANDARD: Readonly<Record<string, number>> = { stdout: 1, stderr: 2 }

/** Whether opening it again makes a difference: `logrotate` renames files, nobody renames standard output. */
export const isFile = (to: string): boolean => STANDARD[to] === undefined

/** `stdout`, `stderr` or a path, which is appended to. Rejects with one sentence for people. */
export const openTarget = async (to: string): Promise<LogTarget> => {
  const fd = STANDARD[to]
  if (fd !== undefined) return (await openAgain(fd)) ?? standardTarget(fd)
  try {
    const file = await open(to, APPEND, 0o640)
    return fileTarget(file, (await file.stat()).isFile() ? file.fd : -1)
  } catch (error) {
    throw new Error(`cannot open the access log ${to}: ${reason(error)}`, { cause: error })
  }
}

/**
 * Without waiting: a FIFO that nobody reads would hold a thread of the libuv pool, the reload that asked for it and the
 * end of the process until somebody does. (Windows has neither.)
 */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0)

/** What the system says, without the call and the path that `fs` adds. */
export const reason = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error)
  if (text.startsWith('ENXIO: ') && text.includes(', open ')) return 'it is a pipe that nobody reads, or a socket'
  return text.replace(/^[A-Z0-9]+: /, '').replace(/, \w+( '.*')?$/, '')
}

/**
 * A pipe or terminal whose reader has stopped would block a thread of the libuv pool for good, and the exit of the
 * process with it. Linux can open it a second time, so that only our descriptor does not block.
 */
const openAgain = async (fd: number): Promise<LogTarget | undefined> => {
  if (process.platform !== 'linux') return undefined
  try {
    const kind = fstatSync(fd)
    if (!kind.isFIFO() && !kind.isCharacterDevice()) return undefined
    return fileTarget(await open(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK), -1)
  } catch {
    return undefined
  }
}

const fileTarget = (file: FileHandle, fd: number): LogTarget => ({
  fd,
  write: async bytes => (await file.write(bytes)).bytesWritten,
  close: () => file.close(),
})

/** Never closed: others write there too. */
const standardTarget = (fd: number): LogTarget => ({
  fd: -1,
  write: bytes =>
    new Promise((resolve, reject) => {
      fsWrite(fd, bytes, (error, written) => (error ? reject(error) : resolve(written)))
    }),
  close: async () => {},
})

import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../core/ports.ts'
import { countLoss } from './log-loss.ts'
import { isFile, type LogTarget, openTarget, reason } from './log-target.ts'

/**
 * The main thread's side of the access log: writes what workers send, in order, one write at a time. A target that is
 * slow or fails costs log lines, never memory without bound and never a request.
 */
export interface LogWriter {
  /** Whole lines. Dropped when too much waits already. */
  write(chunk: string): void
  /**
   * Opens a file again after it was renamed. Once it resolves, nothing is written to the old one any more; it rejects
   * with one sentence, and keeps the old one, when the new one cannot be opened.
   */
  reopen(): Promise<void>
  /** Of the file that is open now, when it is a regular one that workers may append to; else -1. */
  readonly fd: number
  /** Writes what waits, for a while at most, and closes. */
  close(): Promise<void>
}

export interface LogWriterOptions {
  /** `stdout`, `stderr` or a file path. */
  readonly to: string
  readonly log: Log
  /** Told how many lines were lost. */
  readonly onDrop?: (lines: number) => void
  /** What may wait, in bytes. */
  readonly limitBytes?: number
  readonly closeWithinMs?: number
  /** For tests. */
  readonly open?: (to: string) => Promise<LogTarget>
  readonly pause?: (ms: number) => Promise<unknown>
  /** Told of the new descriptor when the file was opened again. */
  readonly onReopen?: (fd: number) => void
  readonly now?: () => number
}

const LIMIT_BYTES = 4 * 1024 * 1024
const CLOSE_WITHIN_MS = 2_000
/** How soon a target that would block is tried again. */
const RETRY_MS = 20
const NEWLINE = 0x0a
/** Far longer than a worker's write of one batch. */
export const WORKERS_WRITE_MS = 1000

/** Rejects with one sentence when the target cannot be opened. */
export const openLogWriter = async (options: LogWriterOptions): Promise<LogWriter> => {
  const { to, limitBytes = LIMIT_BYTES, closeWithinMs = CLOSE_WITHIN_MS, open = openTarget, pause = sleep } = options
  const lose = countLoss(options)
  let target = await open(to)
  let reopened: LogTarget | undefined
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let running: Promise<void> | undefined
  let state: 'open' | 'closing' | 'abandoned' = 'open'
  /** The last byte written was not a newline: the next batch must not continue a line that broke off. */
  let torn = false

  const writeAll = async (bytes: Uint8Array): Promise<void> => {
    let rest = torn ? Buffer.concat([Buffer.of(NEWLINE), bytes]) : bytes
    while (rest.length > 0 && state !== 'abandoned') {
      try {
        const written = await target.write(rest)
        if (written > 0) torn = rest[written - 1] !== NEWLINE
        rest = rest.subarray(written)
      } catch (error) {
        if (!wouldBlock(error)) return lose(rest.length > bytes.length ? bytes : rest, reason(error))
        await pause(RETRY_MS)
      }
    }
    if (rest.length > 0) lose(rest, 'it did not take them in time')
  }

  const swap = async (next: LogTarget): Promise<void> => {
    const old = target
    target = next
    torn = false
    options.onReopen?.(next.fd)
    // A worker may be in the middle of a write to it.
    if (old.fd >= 0) await pause(WORKERS_WRITE_MS)
    await old.close().catch(() => {})
  }

  const run = async (): Promise<void> => {
    while (reopened || waiting.length > 0) {
      const bytes = Buffer.concat(waiting)
      waiting = []
      await writeAll(bytes)
      waitingBytes -= bytes.length
      if (reopened) {
        const next = reopened
        reopened = undefined
        await swap(next)
      }
    }
    running = undefined
  }
  const start = (): Promise<void> => {
    running ??= run()
    return running
  }

  return {
    get fd() {
      return target.fd
    },
    write(chunk) {
      const bytes = Buffer.from(chunk)
      if (state !== 'open') return lose(bytes, 'it is closed')
      if (waitingBytes + bytes.length > limitBytes) return lose(bytes, 'it is too slow')
      waiting.push(bytes)
      waitingBytes += bytes.length
      void start()
    },
    async reopen() {
      if (!isFile(to) || state !== 'open') return
      const next = await open(to)
      if (state !== 'open') return next.close()
      // Replaced before it is closed: what is closed must never be shown to workers.
      const superseded = reopened
      reopened = next
      await superseded?.close()
      await start()
    },
    async close() {
      if (state !== 'open') return
      state = 'closing'
      if (running) await within(closeWithinMs, running)
      state = 'abandoned'
      await within(
        closeWithinMs,
        target.close().catch(() => {}),
      )
    },
  }
}

/** Waits for `work`, but not longer. */
const within = (ms: number, work: Promise<void>): Promise<void> =>
  new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    void work.finally(() => {
      clearTimeout(timer)
      resolve()
    })
  })

const wouldBlock = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EAGAIN'

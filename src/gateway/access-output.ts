import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../core/ports.ts'
import type { AccessLogSpec } from '../spec/spec.ts'
import { type LogWriter, openLogWriter, WORKERS_WRITE_MS } from '../telemetry/log-writer.ts'

/** Where the access log lines of all workers end; follows the configuration. */
export interface AccessOutput {
  write(lines: string): void
  /** Opens what the Spec asks for without using it yet. Rejects with one sentence when it cannot be opened. */
  prepare(spec: AccessLogSpec | undefined): Promise<PreparedOutput>
  /** Opens a file again, after log rotation renamed it. */
  reopen(): Promise<void>
  close(): Promise<void>
}

export interface PreparedOutput {
  commit(): Promise<void>
  abort(): Promise<void>
}

const UNCHANGED: PreparedOutput = { commit: async () => {}, abort: async () => {} }

/** `fd` tells workers where they may append by themselves, see `directLog`. */
export const createAccessOutput = (log: Log, onDrop: (lines: number) => void, fd: Int32Array): AccessOutput => {
  const show = (descriptor: number): void => void Atomics.store(fd, 0, descriptor)
  let to: string | undefined
  let writer: LogWriter | undefined

  /** One that was replaced meanwhile is about to close what it opens again. */
  const onReopen = (): void => show(writer?.fd ?? -1)

  const use = async (next: LogWriter | undefined, nextTo: string | undefined, serving: boolean): Promise<void> => {
    const old = writer
    writer = next
    to = nextTo
    show(next?.fd ?? -1)
    // A worker may be in the middle of a write to it.
    if (old !== undefined && old.fd >= 0 && serving) await sleep(WORKERS_WRITE_MS)
    await old?.close()
  }

  return {
    write: lines => writer?.write(lines),
    prepare: async spec => {
      if (spec?.to === to) return UNCHANGED
      const next = spec && (await openLogWriter({ to: spec.to, log, onDrop, onReopen }))
      return { commit: () => use(next, spec?.to, true), abort: async () => next?.close() }
    },
    reopen: async () => writer?.reopen(),
    close: () => use(undefined, undefined, false),
  }
}

import type { Log } from '../core/ports.ts'
import type { AccessLogSpec } from '../spec/spec.ts'
import { type LogWriter, openLogWriter } from '../telemetry/log-writer.ts'

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

export const createAccessOutput = (log: Log, onDrop: (lines: number) => void): AccessOutput => {
  let to: string | undefined
  let writer: LogWriter | undefined

  const use = async (next: LogWriter | undefined, nextTo: string | undefined): Promise<void> => {
    const old = writer
    writer = next
    to = nextTo
    await old?.close()
  }

  return {
    write: lines => writer?.write(lines),
    prepare: async spec => {
      if (spec?.to === to) return UNCHANGED
      const next = spec && (await openLogWriter({ to: spec.to, log, onDrop }))
      return { commit: () => use(next, spec?.to), abort: async () => next?.close() }
    },
    reopen: async () => writer?.reopen(),
    close: () => use(undefined, undefined),
  }
}

import type { AccessEntry, AccessSink } from '../core/serving.ts'
import { combinedLine, jsonLine } from './access-line.ts'
import { lineBatch } from './line-batch.ts'
import { redactor, SECRET_PARAMETERS } from './redact.ts'

/** A worker's side of the access log: turns entries into lines and hands them on in batches. */
export interface AccessLog extends AccessSink {
  /** Hands on what has gathered; called by the worker's timer, so that a quiet gateway still logs promptly. */
  tick(): void
}

export interface AccessLogOptions {
  readonly format: 'json' | 'combined'
  /** Gets whole lines only, in memory that is used again once it returns. */
  readonly flush: (lines: Buffer) => void
  /** A batch this long is handed on at once. */
  readonly limitBytes?: number
  /** Query parameters whose values are hidden, besides the usual ones. */
  readonly secretParameters?: readonly string[]
}

const BATCH_BYTES = 64 * 1024

export const createAccessLog = (options: AccessLogOptions): AccessLog => {
  const { format, flush, limitBytes = BATCH_BYTES, secretParameters = [] } = options
  const redact = redactor([...SECRET_PARAMETERS, ...secretParameters])
  const { line, withBranches, harmless } = format === 'json' ? jsonLine(redact) : combinedLine(redact)
  const batch = lineBatch(harmless)
  return {
    write(entry: AccessEntry) {
      batch.add(line(entry))
      if (batch.length >= limitBytes) flush(batch.take())
    },
    writeWithBranches(entry, branches) {
      batch.add(withBranches(line(entry), branches))
      if (batch.length >= limitBytes) flush(batch.take())
    },
    tick() {
      if (batch.length > 0) flush(batch.take())
    },
  }
}

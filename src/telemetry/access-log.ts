import type { AccessEntry, AccessSink } from '../core/serving.ts'
import { combinedLine } from './combined-line.ts'
import { jsonLine } from './json-line.ts'
import { LineRoom } from './line-room.ts'
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
  const room = new LineRoom()
  const line = format === 'json' ? jsonLine(room, redact) : combinedLine(room, redact)
  const flushIfFull = (): void => {
    if (room.length >= limitBytes) flush(room.take())
  }
  return {
    write(entry: AccessEntry) {
      line.write(entry)
      flushIfFull()
    },
    writeWithBranches(entry, branches) {
      line.write(entry)
      line.writeBranches(branches)
      flushIfFull()
    },
    tick() {
      if (room.length > 0) flush(room.take())
    },
  }
}

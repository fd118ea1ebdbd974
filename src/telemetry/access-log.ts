import type { AccessEntry, AccessSink } from '../core/serving.ts'
import { combinedLine, jsonLine } from './access-line.ts'
import { redactor, SECRET_PARAMETERS } from './redact.ts'

/** A worker's side of the access log: turns entries into lines and hands them on in batches. */
export interface AccessLog extends AccessSink {
  /** Hands on what has gathered; called by the worker's timer, so that a quiet gateway still logs promptly. */
  tick(): void
}

export interface AccessLogOptions {
  readonly format: 'json' | 'combined'
  /** Gets whole lines only. */
  readonly flush: (chunk: string) => void
  /** A batch this long is handed on at once. */
  readonly limitBytes?: number
  /** Query parameters whose values are hidden, besides the usual ones. */
  readonly secretParameters?: readonly string[]
}

const BATCH_BYTES = 64 * 1024

export const createAccessLog = (options: AccessLogOptions): AccessLog => {
  const { format, flush, limitBytes = BATCH_BYTES, secretParameters = [] } = options
  const redact = redactor([...SECRET_PARAMETERS, ...secretParameters])
  const line = format === 'json' ? jsonLine(redact) : combinedLine(redact)
  let batch = ''

  const handOn = (): void => {
    const chunk = batch
    batch = ''
    flush(chunk)
  }
  return {
    write(entry: AccessEntry) {
      batch += line(entry)
      if (batch.length >= limitBytes) handOn()
    },
    tick() {
      if (batch !== '') handOn()
    },
  }
}

import type { Log } from '../core/ports.ts'

export interface LossOptions {
  readonly to: string
  readonly log: Log
  readonly onDrop?: (lines: number) => void
  readonly now?: () => number
}

/** A target that keeps failing is worth a line now and then, not a line per batch. */
const WARN_EVERY_MS = 60_000
const NEWLINE = 0x0a

/** Counts the access log lines that are lost, and says so. */
export const countLoss = ({
  to,
  log,
  onDrop,
  now = Date.now,
}: LossOptions): ((bytes: Uint8Array, why: string) => void) => {
  let warnedAt = Number.NEGATIVE_INFINITY
  return (bytes, why) => {
    const lines = countLines(bytes)
    onDrop?.(lines)
    if (now() - warnedAt < WARN_EVERY_MS) return
    warnedAt = now()
    log.warn('The access log is losing lines', { to, reason: why, lines })
  }
}

const countLines = (bytes: Uint8Array): number => {
  let lines = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++
  return lines
}

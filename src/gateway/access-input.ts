import type { AccessSink } from '../core/serving.ts'
import type { AccessLogSpec } from '../spec/spec.ts'
import { type AccessLog, createAccessLog } from '../telemetry/access-log.ts'

/** A worker's access log that follows the configuration: its format changes when a reload is committed. */
export interface AccessInput extends AccessSink {
  tick(): void
  /** `secretParameters`: query parameters that carry credentials here, besides the usual ones. */
  prepare(spec: AccessLogSpec | undefined, secretParameters: readonly string[]): void
  commit(): void
}

export const createAccessInput = (flush: (lines: Buffer) => void): AccessInput => {
  let current: AccessLog | undefined
  let next: AccessLog | undefined
  return {
    write: entry => current?.write(entry),
    writeWithBranches: (entry, branches) => current?.writeWithBranches(entry, branches),
    tick: () => current?.tick(),
    prepare: (spec, secretParameters) => {
      next = spec && createAccessLog({ format: spec.format, flush, secretParameters })
    },
    commit: () => {
      current?.tick()
      current = next
    },
  }
}

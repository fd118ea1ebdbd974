import { Fault } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import { jsonText } from '../../core/code/json-text.ts'
import type { BranchData, BranchMissing } from '../branch.ts'

/** What a schema made of a branch's data, which need not be JSON: a date is one for `reply`, and text for all others. */
export class CheckedData implements BranchData {
  readonly kind = 'ok'
  readonly status: number
  readonly afterMs: number
  readonly missing: BranchMissing | null
  readonly value: unknown
  private written: Buffer | null = null
  private parsed: Json | undefined = undefined

  constructor(value: unknown, { status, afterMs, missing }: BranchData) {
    this.value = value
    this.status = status
    this.afterMs = afterMs
    this.missing = missing
  }

  get text(): Buffer {
    this.written ??= Buffer.from(writtenOf(this.value))
    return this.written
  }

  json(): Json {
    this.parsed ??= JSON.parse(this.text.toString('utf8')) as Json
    return this.parsed
  }
}

/** A branch that asks with it cannot be asked. */
const writtenOf = (value: unknown): string => {
  try {
    return jsonText(value)
  } catch {
    throw new Fault('BRANCH_FAILED', 'what the schema made of the data is no JSON')
  }
}

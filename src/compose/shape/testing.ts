import type { Json } from '../../base/json.ts'
import type { ShapeSpec } from '../../spec/spec-aggregate.ts'
import type { BranchData, BranchMissing, BranchResult, MissingReason } from '../branch.ts'
import { parseJson } from '../json/parse.ts'
import { checkJson } from '../json/validate.ts'
import type { Shaping } from './shape.ts'

/** Results of branches, for the tests of this folder. */

/** Data that is passed on as it came. */
export const came = (text: string, more: Partial<BranchData> = {}): BranchData => {
  const found = checkJson(Buffer.from(text), 1e6)
  if (typeof found === 'string') throw new Error(`${found}: ${text}`)
  return {
    kind: 'ok',
    text: found.bytes,
    json: () => parseJson(found),
    status: 200,
    afterMs: 7,
    missing: null,
    ...more,
  }
}

/** Data that was edited. */
export const made = (value: Json): BranchData => ({ ...came('null'), text: null, json: () => value })

export const missing = (reason: MissingReason, more: Partial<BranchMissing> = {}): BranchMissing => ({
  kind: 'missing',
  reason,
  status: 0,
  afterMs: 500,
  fault: null,
  ...more,
})

export const LEFT_OUT: BranchResult = { kind: 'left out' }

export const specOf = (names: readonly string[], shape: ShapeSpec, meta = false, maxBytes = 1e6): Shaping => ({
  branches: names.map(name => ({ name })),
  shape,
  meta,
  maxBytes,
})

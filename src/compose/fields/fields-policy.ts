import { HeaderEdits } from '../../base/headers.ts'
import type { Policy } from '../../core/policy.ts'
import type { JsonEditSpec } from '../../spec/spec-aggregate.ts'
import { compileEdits } from '../json/edit.ts'
import { FieldsCall } from './fields-call.ts'
import { askUnpackable } from './packing.ts'

/** Answers that are larger are not passed on: what a client may not see would be in them. */
const MOST_BYTES = 4 * 1024 * 1024

/**
 * Edits the JSON of good answers (2xx): which fields a kind of client sees. Other answers, and other content than JSON,
 * pass as they are. One that says it is JSON and cannot be edited becomes a 502, since whoever leaves fields out does so
 * for a reason.
 */
export const fieldsPolicy = (specs: readonly JsonEditSpec[], mostBytes = MOST_BYTES): Policy | undefined => {
  const edit = compileEdits(specs)
  if (edit === null) return undefined
  return {
    name: 'fields',
    gate: x => {
      askUnpackable(x)
      // A part of an answer cannot be edited (RFC 9110 §14.2): the whole is asked for.
      if (x.headers.get('range') === undefined) return
      x.requestEdits ??= new HeaderEdits()
      x.requestEdits.remove('range')
    },
    wrap: next => x => new FieldsCall(x, edit, mostBytes).start(next),
  }
}

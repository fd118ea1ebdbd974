import { HeaderEdits } from '../../base/headers.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { Policy } from '../../core/policy.ts'
import type { FieldsSpec } from '../../spec/spec-policies.ts'
import type { BodyRoom } from '../body-room.ts'
import { compileEdits } from '../json/edit.ts'
import { askJson } from './accepting.ts'
import { FieldsCall, type FieldsCallOptions } from './fields-call.ts'
import { askUnpackable } from './packing.ts'

/** Answers that are larger are not passed on: what a client may not see would be in them. */
const MOST_BYTES = 4 * 1024 * 1024

/**
 * Edits the JSON of good answers (2xx): which fields a kind of client sees. What says that it is something else is a 502
 * unless `otherContent` passes it, and so is what cannot be edited, since whoever leaves fields out does so for a reason.
 * Other answers pass as they are: errors, redirects, those without a body.
 */
export const fieldsPolicy = (
  { edits, otherContent }: FieldsSpec,
  room: BodyRoom,
  mostBytes = MOST_BYTES,
): Policy | undefined => {
  const edit = compileEdits(edits)
  if (edit === null) return undefined
  const passOthers = otherContent === 'pass'
  const options: FieldsCallOptions = { edit, mostBytes, room, passOthers }
  return {
    name: 'fields',
    gate: passOthers ? askWhole : askWholeJson,
    wrap: next => x => new FieldsCall(x, options).start(next),
    tap: x => x.holding?.release(),
  }
}

/** Of a part (RFC 9110 §14.2), or packed in a way that cannot be undone, nothing could be edited. */
const askWhole = (x: Exchange): undefined => {
  askUnpackable(x)
  if (x.headers.get('range') === undefined) return
  x.requestEdits ??= new HeaderEdits()
  x.requestEdits.remove('range')
}

const askWholeJson = (x: Exchange): undefined => {
  askWhole(x)
  askJson(x)
  // What goes through a WebSocket is seen by nobody. A service that is not asked to switch answers as ever (RFC 9110 §7.8).
  x.upgrade = ''
}

import type { Draft } from './salvage.ts'
import type { RespondOutput } from './schema/respond.ts'
import type { RespondSpec } from './spec.ts'

/** A fixed answer; a body in JSON or plain text says so unless the headers say something else. */
export const buildRespond = (respond: Draft<RespondOutput>): RespondSpec => {
  const headers = Object.entries(respond.headers ?? {}).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    value ?? '',
  ])
  const type =
    respond.json !== undefined ? 'application/json' : respond.text !== undefined ? 'text/plain; charset=utf-8' : ''
  if (type !== '' && !headers.some(([name]) => name === 'content-type')) headers.unshift(['content-type', type])
  const body = respond.json !== undefined ? JSON.stringify(respond.json) : (respond.text ?? respond.body ?? '')
  return { kind: 'respond', status: respond.status ?? 200, headers, body }
}

import { HeaderEdits } from '../../base/headers.ts'
import { clientHeader } from '../../core/client-header.ts'
import type { Exchange } from '../../core/exchange.ts'
import { isJsonType } from './json-type.ts'

const JSON_TYPE = 'application/json'
/** Ranges that JSON is in (RFC 9110 §12.5.1); their weight stays. */
const WIDER = /^\s*(?:\*|application)\/\*\s*(?=;|$)/i

/**
 * Asks for JSON and nothing else, since nothing else can be edited. Of what the client accepts the kinds of JSON stay:
 * versions of an interface are told apart by them (`application/vnd.shop.v2+json`).
 */
export const askJson = (x: Exchange): void => {
  x.requestEdits ??= new HeaderEdits()
  x.requestEdits.set('accept', jsonOf(clientHeader(x, 'accept').join(',')))
}

/** Quotes may hold commas: who sends any gets plain JSON. */
const jsonOf = (accepted: string): string => {
  if (accepted === '' || accepted.includes('"')) return JSON_TYPE
  const ranges = accepted.split(',').map(range => range.replace(WIDER, JSON_TYPE).trim())
  return ranges.filter(isJsonType).join(', ') || JSON_TYPE
}

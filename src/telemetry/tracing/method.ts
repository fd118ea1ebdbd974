import type { Attributes } from './span-json.ts'

/** Those that OpenTelemetry knows (RFC 9110, RFC 5789, QUERY); all others are one, so that strangers make no new names. */
const KNOWN: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
])

/** What a span is called after it. */
export const methodName = (method: string): string => (KNOWN.has(method) ? method : 'HTTP')

/** `method` is empty in a head that was not understood. */
export const addMethod = (attributes: Attributes, method: string): Attributes =>
  KNOWN.has(method)
    ? attributes.text('http.request.method', method)
    : attributes.text('http.request.method', '_OTHER').text('http.request.method_original', method)

import { isIP } from 'node:net'
import { isUint8Array } from 'node:util/types'
import type { InjectedAnswer, InjectedRequest } from '../server/injection.ts'
import type { InjectAnswer, InjectRequest } from './api.ts'

type Written = Pick<InjectedRequest, 'head' | 'body' | 'clientAddress' | 'signal'>

/**
 * The bytes a client would send. Throws a TypeError for what would not be one request: a line break in a header would
 * begin another one. All else is the gateway's to refuse, as over a socket.
 */
export const writeRequest = (given: InjectRequest | string): Written => {
  const request = requestOf(given)
  const { method = 'GET', headers = {}, clientAddress = '127.0.0.1', signal } = request
  const { host, target } = targetOf(request)
  const body = bodyOf(request)
  checkAddress(clientAddress)
  checkSignal(signal)
  const fields = [...pairsOf(headers)].flatMap(([name, value]) => fieldsOf(name, value))
  const has = (name: string): boolean => fields.some(field => field[0].toLowerCase() === name)
  const all = [
    ...(has('host') ? [] : [['host', host] as const]),
    ...fields,
    ...(request.json === undefined || has('content-type') ? [] : [['content-type', 'application/json'] as const]),
    ...(body === null ? [] : [['content-length', String(body.length)] as const]),
  ]
  const lines = [`${word('method', method)} ${word('path', target)} HTTP/1.1`, ...all.map(line)]
  return { head: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body, clientAddress, signal }
}

const requestOf = (given: InjectRequest | string): InjectRequest => {
  if (typeof given === 'string') return { path: given }
  if (typeof given === 'object' && given !== null) return given
  throw new TypeError('a request is a path, or an object with a "path"')
}

/** It is written into `X-Forwarded-For`, and a socket brings no text of somebody's own. */
const checkAddress = (text: string): void => {
  if (typeof text === 'string' && isIP(text) > 0) return
  throw new TypeError(`"clientAddress" is no IP address: ${JSON.stringify(text)}`)
}

/** Before the request begins: one that cannot be told of its end would stay. Whatever realm the signal is of. */
const checkSignal = (signal: AbortSignal | undefined): void => {
  if (signal === undefined || typeof signal.removeEventListener === 'function') return
  throw new TypeError('"signal" is no AbortSignal')
}

/** `Headers` and maps have no keys of their own: taken for objects, they would be empty, and nobody would notice. */
const pairsOf = (headers: NonNullable<InjectRequest['headers']>): Iterable<readonly [string, FieldValue]> =>
  Symbol.iterator in headers ? (headers as Iterable<readonly [string, FieldValue]>) : Object.entries(headers)

type FieldValue = string | number | readonly string[] | undefined

/** The gateway sees a body that is whole. */
const FRAMING = new Set(['content-length', 'transfer-encoding'])

const fieldsOf = (name: string, value: FieldValue): [string, string][] => {
  if (value === undefined || FRAMING.has(name.toLowerCase())) return []
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.map(each => {
    if (typeof each === 'string' || typeof each === 'number') return [name, String(each)]
    throw new TypeError(`the header "${name}" is neither text nor number`)
  })
}

const line = ([name, value]: readonly [string, string]): string => {
  const text = `${name}: ${value}`
  if (/[\r\n\0\u0100-\uffff]/.test(text)) throw new TypeError(`the header "${name}" holds what no header can hold`)
  return text
}

const word = (what: string, text: string): string => {
  if (/^[\x21-\x7e\x80-\xff]+$/.test(text)) return text
  throw new TypeError(`the ${what} ${JSON.stringify(text)} is empty, or has in it what must be percent-encoded`)
}

const targetOf = ({ url, path }: InjectRequest): { host: string; target: string } => {
  const given = url ?? path
  if (typeof given !== 'string' || (url !== undefined && path !== undefined))
    throw new TypeError('a request has either "url" or "path"')
  // Not `new URL`: it would tidy up what the gateway is to see as it is.
  const parts = /^https?:\/\/([^/?#]+)(.*)$/i.exec(given)
  if (parts === null) return { host: 'localhost', target: given }
  const [, host = '', rest = ''] = parts
  return { host, target: rest.startsWith('/') ? rest : `/${rest}` }
}

const bodyOf = ({ body, json }: InjectRequest): Buffer | null => {
  if (json === undefined) return body === undefined ? null : bytesOf(body)
  if (body !== undefined) throw new TypeError('a request has either "body" or "json"')
  const text = JSON.stringify(json)
  if (text === undefined) throw new TypeError('"json" is nothing that JSON can say')
  return Buffer.from(text)
}

/** A copy: what the caller does to its bytes later is not in the request. */
const bytesOf = (body: string | Uint8Array): Buffer => {
  // By its tag: test runners give tests a `Uint8Array` of their own.
  if (typeof body === 'string' || isUint8Array(body)) return Buffer.from(body)
  throw new TypeError('"body" is a string or a Uint8Array; bodies that are not whole cannot be sent')
}

export const readAnswer = ({ status, headers, body }: InjectedAnswer): InjectAnswer => ({
  status,
  headers: Object.fromEntries(joined(headers)),
  body,
  text: () => body.toString('utf8'),
  json: () => JSON.parse(body.toString('utf8')),
})

const joined = (headers: InjectedAnswer['headers']): Map<string, string | readonly string[]> => {
  const cookies = headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value)
  const fields = new Map<string, string | readonly string[]>()
  for (const [name, value] of headers) {
    const before = fields.get(name)
    if (name === 'set-cookie') fields.set(name, cookies)
    else fields.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return fields
}

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { http } from '../../base/node.ts'

/** What a sample service says to a request: a status and a JSON body. */
export interface JsonAnswer {
  readonly status: number
  readonly body: unknown
}

export interface JsonRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** The parsed JSON body, or undefined when there is none or it is not JSON. */
  readonly body: unknown
}

export type JsonHandler = (request: JsonRequest) => JsonAnswer | Promise<JsonAnswer>

export const notFound = (what: string): JsonAnswer => ({ status: 404, body: { error: `no such ${what}` } })

export const jsonService = (handle: JsonHandler): Server =>
  http.createServer((request, response) => {
    answer(handle, request, response).catch(() => response.destroy())
  })

const answer = async (handle: JsonHandler, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(request.url ?? '/', 'http://sample')
  const method = request.method ?? 'GET'
  const body = parse(await readText(request))
  const result = await handle({ method, path: url.pathname, query: url.searchParams, body })
  sendJson(response, result)
}

const sendJson = (response: ServerResponse, { status, body }: JsonAnswer): void => {
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

/** Far more than any sample needs. */
const BODY_LIMIT = 1024 * 1024

const readText = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > BODY_LIMIT) throw new Error('body too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

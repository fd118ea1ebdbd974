import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Listening, listen } from './listen.ts'

/**
 * A service whose answers tell who gave them and to what, so that a wrong one is noticed. `/slow/MS` takes its time,
 * `/stream/N` sends a line every 100 ms, a POST gets the digest of its body, and an upgrade echoes bytes.
 */
export const startPatientUpstream = (name: string): Promise<Listening> => {
  const server = createServer((request, response) => void answer(name, request, response).catch(() => {}))
  server.on('upgrade', (_request, socket, head) => {
    socket.on('error', () => {})
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${head}`)
    socket.pipe(socket)
  })
  return listen(server)
}

export const streamedLines = (name: string, url: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `${name} ${url} line ${i}\n`).join('')

const answer = async (name: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { url = '', method } = request
  const [, kind, amount] = url.split('/')
  if (method === 'POST') {
    const digest = createHash('sha1')
    for await (const chunk of request) digest.update(chunk)
    return sendText(response, `${name} ${url} ${digest.digest('hex')}`)
  }
  if (kind === 'slow') await sleep(Number(amount))
  if (kind !== 'stream') return sendText(response, `${name} ${url}`)
  response.writeHead(200, { 'content-type': 'text/plain' })
  for (let i = 0; i < Number(amount); i++) {
    response.write(`${name} ${url} line ${i}\n`)
    await sleep(100)
  }
  response.end()
}

const sendText = (response: ServerResponse, text: string): void => {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

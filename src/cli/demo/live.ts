import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { http } from '../../base/node.ts'
import { echoWebSocket } from './websocket.ts'

const TICK_MS = 300
const DEFAULT_TICKS = 5
const MOST_TICKS = 100

/** Long answers: `/events?count=n` sends n server-sent events and ends; `/ws` is a WebSocket that echoes. */
export const liveService = (): Server => {
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://sample')
    if (url.pathname === '/events') sendTicks(response, ticksIn(url))
    else response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"no such stream"}\n')
  })
  server.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => echoWebSocket(request, socket, head))
  return server
}

const ticksIn = (url: URL): number => {
  const wanted = Number(url.searchParams.get('count') ?? DEFAULT_TICKS)
  return Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, MOST_TICKS) : DEFAULT_TICKS
}

const sendTicks = (response: ServerResponse, count: number): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  let sent = 0
  const tick = (): void => {
    sent++
    response.write(`id: ${sent}\nevent: tick\ndata: {"tick":${sent},"of":${count}}\n\n`)
    if (sent === count) {
      clearInterval(timer)
      response.end()
    }
  }
  const timer = setInterval(tick, TICK_MS)
  response.on('close', () => clearInterval(timer))
  tick()
}

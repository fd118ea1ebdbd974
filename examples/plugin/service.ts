import { timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { signature } from './signature.ts'

/** A service that answers nobody but the gateway: it checks the signature, which is good for ten seconds. */

const key = process.env['SIGNING_KEY'] ?? 'known to both'
const port = Number(process.env['SERVICE_PORT'] ?? 3001)

const isSigned = (given: string, method: string, path: string): boolean => {
  const t = Number(/^t=(\d{1,15}),/.exec(given)?.[1] ?? 0)
  const wanted = Buffer.from(signature(key, method, path, t))
  const sent = Buffer.from(given)
  return Math.abs(Date.now() - t) < 10_000 && sent.length === wanted.length && timingSafeEqual(sent, wanted)
}

createServer(({ method = '', url = '', headers }, response) => {
  const signed = isSigned(String(headers['x-signature'] ?? ''), method, url)
  response.writeHead(signed ? 200 : 401, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(signed ? { method, path: url } : { error: 'not signed' })}\n`)
}).listen(port, '127.0.0.1')

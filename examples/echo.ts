import { createServer } from 'node:http'

/** Answers with what it was asked: what a service behind the gateway gets to see. */
const port = Number(process.env['SERVICE_PORT'] ?? 3001)

createServer((request, response) => {
  const { method, url, headers } = request
  const told = Object.entries(headers).filter(([name]) =>
    /^(authorization|cookie|x-(consumer|claim-.*|api-key))$/.test(name),
  )
  response.setHeader('content-type', 'application/json')
  response.end(`${JSON.stringify({ method, url, headers: Object.fromEntries(told) })}\n`)
}).listen(port, '127.0.0.1')

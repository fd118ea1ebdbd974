import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** `/report` takes three seconds; `/query` says in `x-cost` how many rows it read. */
const port = Number(process.env['SERVICE_PORT'] ?? 3001)

createServer(async (request, response) => {
  if (request.url === '/report') await sleep(3000)
  if (request.url === '/query') response.setHeader('x-cost', 250)
  response.end('done\n')
}).listen(port, '127.0.0.1')

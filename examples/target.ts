import { createServer } from 'node:http'

/** A target that can be told to fail: `/mode/failing`, or `/mode/well` again. It says who it is. */
const port = Number(process.env['TARGET_PORT'] ?? 3001)
const name = process.env['NAME'] ?? 'target'
let mode = 'well'

createServer((request, response) => {
  const told = /^\/mode\/(well|failing)$/.exec(request.url ?? '')?.[1]
  if (told !== undefined) {
    mode = told
    response.end(`${name} is ${mode}\n`)
    return
  }
  response.statusCode = mode === 'well' ? 200 : 503
  response.end(`${name}\n`)
}).listen(port, '127.0.0.1')

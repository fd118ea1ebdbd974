import { readFileSync } from 'node:fs'
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/**
 * Enough of KrakenD's documented behaviour to run bench/configs/krakend.json where KrakenD is not installed: `no-op`
 * endpoints with all headers, and answers merged by `group` with `allow`. For the test of the launcher and of its
 * configuration; nothing is measured with it. Arguments: `run -c FILE`, as KrakenD's.
 */
interface Backend {
  readonly url_pattern: string
  readonly encoding: string
  readonly group?: string
  readonly allow?: readonly string[]
}

interface Endpoint {
  readonly endpoint: string
  readonly method?: string
  readonly output_encoding: string
  readonly backend: readonly Backend[]
}

interface Config {
  readonly version: number
  readonly listen_ip: string
  readonly port: number
  readonly host: readonly string[]
  readonly endpoints: readonly Endpoint[]
}

const [command, flag, file] = process.argv.slice(2)
if (command !== 'run' || flag !== '-c' || file === undefined) throw new Error('usage: krakend run -c FILE')
if (process.env['GOMAXPROCS'] !== '1') throw new Error('it would use all processors')
const config = JSON.parse(readFileSync(file, 'utf8')) as Config
if (config.version !== 3) throw new Error('only version 3 is known')

/** Values of `{name}`, or null where the path is another. */
const paramsOf = (pattern: string, path: string): Record<string, string> | null => {
  const [names, values] = [pattern.split('/'), path.split('/')]
  const fits = names.length === values.length && names.every((name, i) => name.startsWith('{') || name === values[i])
  return fits ? Object.fromEntries(names.map((name, i) => [name, values[i]!])) : null
}

const filled = (pattern: string, params: Record<string, string>): string =>
  pattern
    .split('/')
    .map(part => params[part] ?? part)
    .join('/')

const fetched = (path: string, request: IncomingMessage): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { host, ...rest } = request.headers
    const headers = { ...rest, 'x-forwarded-for': request.socket.remoteAddress, 'x-forwarded-host': host }
    ask(new URL(path, config.host[0]), { method: request.method ?? 'GET', headers, agent: false }, resolve)
      .on('error', reject)
      .end()
  })

const merged = async (
  endpoint: Endpoint,
  params: Record<string, string>,
  request: IncomingMessage,
): Promise<string> => {
  const all: Record<string, unknown> = {}
  for (const { url_pattern, group = '', allow } of endpoint.backend) {
    const answer = await fetched(filled(url_pattern, params), request)
    const part = JSON.parse(Buffer.concat(await answer.toArray()).toString()) as Record<string, unknown>
    all[group] = allow === undefined ? part : Object.fromEntries(allow.map(name => [name, part[name]]))
  }
  return JSON.stringify(Object.fromEntries(Object.entries(all).sort()))
}

const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const path = request.url!.split('?')[0]!
  for (const endpoint of config.endpoints) {
    const params = paramsOf(endpoint.endpoint, path)
    if (params === null || (endpoint.method ?? 'GET') !== request.method) continue
    if (endpoint.output_encoding !== 'no-op') return void response.end(await merged(endpoint, params, request))
    const answer = await fetched(filled(endpoint.backend[0]!.url_pattern, params), request)
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
    return
  }
  response.writeHead(404).end()
}

createServer((request, response) => void serve(request, response)).listen(config.port, config.listen_ip)

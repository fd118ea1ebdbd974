import type { ServiceReport, TargetReport } from '../../src/admin/services.ts'
import { openClient, type RawClient } from './raw-client.ts'
import { exchange, type RawResponse } from './responses.ts'
import { type Running, type RunOptions, startRunning } from './running.ts'
import { until } from './until.ts'

/** `sallyport run` with two workers, and what operators and clients do to it. */
export interface ResilientGateway extends Running {
  /** A kept connection to each of its workers. */
  readonly workers: readonly RawClient[]
  service(name: string): Promise<ServiceReport>
  /** Resolves to the line of standard error that matches, behind `from` characters; in 10 s at the latest. */
  told(pattern: RegExp, from?: number): Promise<string>
  target(service: string, url: string): Promise<TargetReport>
  /** POST to `/v1/services/{path}`; the header that such a request needs is there. */
  order(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<AdminAnswer>
}

export interface AdminAnswer {
  readonly status: number
  /** As JSON. */
  readonly body: unknown
}

export interface Ends {
  after(end: () => unknown): void
}

export const WORKERS = 2

/** The parts of a configuration that all these tests have in common. */
export const AROUND = `
listeners: { web: { address: 127.0.0.1:0 } }
admin: 127.0.0.1:0
workers: ${WORKERS}
drain: 2s
`

/** Starts it, without what AROUND says; ends with the test. */
export const startResilient = async (t: Ends, config: string, options?: RunOptions): Promise<ResilientGateway> => {
  const gateway = await startRunning(AROUND + config, options)
  t.after(() => gateway.child.kill('SIGKILL'))
  const workers = await clientsOfWorkers(gateway.port)
  t.after(() => {
    for (const client of workers) client.destroy()
  })
  const service = async (name: string): Promise<ServiceReport> =>
    JSON.parse((await gateway.admin(`/v1/services/${name}`)).text)
  return {
    ...gateway,
    workers,
    service,
    target: async (name, url) => {
      const found = (await service(name)).targets.find(target => target.url === url)
      if (found === undefined) throw new Error(`${name} has no target ${url}`)
      return found
    },
    told: async (pattern, from = 0) => {
      const line = (): string | undefined =>
        gateway
          .err()
          .slice(from)
          .split('\n')
          .find(each => pattern.test(each))
      await until(() => line() !== undefined, `the log says ${pattern}`)
      return line() ?? ''
    },
    reload: text => gateway.reload(AROUND + text),
    order: async (path, body, headers = { 'sallyport-admin': '1' }) => {
      const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/v1/services/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
      return { status: response.status, body: await response.json() }
    },
    stop: () => {
      for (const client of workers) client.destroy()
      return gateway.stop()
    },
  }
}

/** Request ids begin with something of their worker's own. */
export const workerOf = (response: RawResponse): string => (response.header('x-request-id') ?? '').slice(0, -8)

/** The kernel spreads connections over the workers by chance: so many are opened until each worker has one. */
export const clientsOfWorkers = async (port: number, count = WORKERS): Promise<readonly RawClient[]> => {
  const found = new Map<string, RawClient>()
  for (let tries = 0; found.size < count && tries < 200; tries++) {
    const client = await openClient(port)
    const worker = workerOf(await ask(client, '/which-worker'))
    if (found.has(worker)) client.destroy()
    else found.set(worker, client)
  }
  if (found.size < count) throw new Error(`only ${found.size} workers answer`)
  return [...found.values()]
}

export interface AskOptions {
  readonly method?: string
  /** Lines without CRLF. */
  readonly fields?: readonly string[]
  readonly body?: string
}

/** One request on a connection that is kept. */
export const ask = (client: RawClient, path: string, options: AskOptions = {}): Promise<RawResponse> =>
  exchange(client, requestBytes(path, options), 10_000)

export const requestBytes = (path: string, { method = 'GET', fields = [], body }: AskOptions = {}): string => {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`]
  const lines = ['Host: gw.test', ...fields, ...length]
  return `${method} ${path} HTTP/1.1\r\n${lines.map(line => `${line}\r\n`).join('')}\r\n${body ?? ''}`
}

/** `200 body`, or `503 CODE` of an answer of the gateway's own. */
export const gist = ({ status, body }: RawResponse): string => {
  const text = body.toString('latin1')
  const code = /"code":"([A-Z_]+)"/.exec(text)?.[1]
  return `${status} ${code ?? text}`
}

/** Asks through each worker in turn, `each` times each. */
export const askAll = async (
  { workers }: Pick<ResilientGateway, 'workers'>,
  path: string,
  each = 1,
  options?: AskOptions,
): Promise<string[]> => {
  const answers: string[] = []
  for (let n = 0; n < each; n++) for (const client of workers) answers.push(gist(await ask(client, path, options)))
  return answers
}

/** How often each answer is there. */
export const tallyOf = (answers: readonly string[]): Readonly<Record<string, number>> => {
  const tally: Record<string, number> = {}
  for (const answer of answers) tally[answer] = (tally[answer] ?? 0) + 1
  return tally
}

/** Asks through each worker until all give one of these answers, twice running. */
export const untilAll = (gateway: Pick<ResilientGateway, 'workers'>, path: string, ...right: string[]): Promise<void> =>
  until(
    async () => (await askAll(gateway, path, 2)).every(answer => right.includes(answer)),
    `${path} is answered ${right.join(' or ')}`,
  )

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { openClient, type RawClient } from './raw-client.ts'
import { parseResponse, type RawResponse } from './responses.ts'

/** What became of the requests of a load; each counts once, in one of the three. */
export interface Tally {
  sent: number
  right: number
  /** Answered, but not as it should have been; one line each. */
  readonly wrong: string[]
  /** Not answered, or not to the end; one line each. */
  readonly lost: string[]
}

export const newTally = (): Tally => ({ sent: 0, right: 0, wrong: [], lost: [] })

/** What a request should get: nothing when all is well, else what is wrong. */
export type Judge = (response: RawResponse) => string | undefined

export interface Asked {
  readonly name: string
  readonly bytes: string
  readonly judge: Judge
}

const ANSWER_MS = 20_000

/** Waits for exactly one whole answer and nothing behind it. */
export const awaitAnswer = async (client: RawClient, method: string, ms = ANSWER_MS): Promise<RawResponse | string> => {
  const whole = (): { response: RawResponse; next: number } | null => {
    const read = parseResponse(client.received(), 0, method)
    return read?.response.complete ? read : null
  }
  await client.waitFor(() => client.closed() || whole() !== null, ms)
  const read = whole()
  if (read === null) return `${client.closed() ? 'closed' : 'silent'} after ${client.received().length} bytes`
  if (read.next !== client.received().length) return `${client.received().length - read.next} bytes too many`
  return read.response
}

/** Sends one request on an open connection and counts what became of it. True when the connection may go on. */
export const askOn = async (client: RawClient, { name, bytes, judge }: Asked, tally: Tally): Promise<boolean> => {
  tally.sent++
  client.forget()
  await client.send(bytes)
  const answer = await awaitAnswer(client, bytes.slice(0, bytes.indexOf(' ')))
  return count(name, answer, judge, tally) && !client.closed()
}

export const count = (name: string, answer: RawResponse | string, judge: Judge, tally: Tally): boolean => {
  const mistake = typeof answer === 'string' ? undefined : judge(answer)
  if (typeof answer === 'string') tally.lost.push(`${name}: ${answer}`)
  else if (mistake !== undefined) tally.wrong.push(`${name}: ${mistake}`)
  else tally.right++
  return typeof answer !== 'string'
}

export interface LoadOptions {
  readonly port: number
  /** The n-th request. */
  readonly ask: (n: number) => Asked
  readonly connections: number
  /** Between the requests of one connection. */
  readonly pauseMs: number
  /** A connection for each request instead of kept-alive ones. */
  readonly fresh?: boolean
}

/** Asks steadily on all connections until told to stop; a connection that breaks is opened anew. */
export const startLoad = (options: LoadOptions, tally: Tally): { stop(): Promise<void> } => {
  let stopping = false
  let n = 0
  const one = async (): Promise<void> => {
    let client: RawClient | null = null
    while (!stopping) {
      const asked = options.ask(n++)
      try {
        client ??= await openClient(options.port)
        const goesOn = await askOn(client, asked, tally)
        if (!goesOn || options.fresh === true) {
          client.destroy()
          client = null
        }
      } catch (error) {
        tally.sent++
        tally.lost.push(`${asked.name}: ${error}`)
        client = null
      }
      await sleep(options.pauseMs)
    }
    client?.destroy()
  }
  const all = Promise.all(Array.from({ length: options.connections }, one))
  return {
    stop: async () => {
      stopping = true
      await all
    },
  }
}

export const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: gw.test\r\nUser-Agent: load\r\n\r\n`

/** 200 with one of these bodies. */
export const oneOf =
  (...bodies: readonly string[]): Judge =>
  ({ status, body, header }) => {
    const text = body.toString('latin1')
    if (status !== 200) return `status ${status}: ${text.slice(0, 200)}`
    if (header('x-request-id') === undefined) return 'no request id'
    return bodies.includes(text) ? undefined : `body ${JSON.stringify(text.slice(0, 100))}`
  }

export const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex')

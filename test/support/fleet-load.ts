import { setTimeout as sleep } from 'node:timers/promises'
import { awaitAnswer } from './load.ts'
import { openClient, type RawClient } from './raw-client.ts'
import type { RawResponse } from './responses.ts'

/** One request and what became of it. Times are ms of `performance.now()`. */
export interface Asked {
  /** When it was sent or, at a fixed rate, when it was due: what waits for a free connection has waited. */
  readonly at: number
  readonly endedAt: number
  /** 0: no answer, or half of one. */
  readonly status: number
  /** Who answered, or the code of an error that the gateway made; what went wrong when the status is 0. */
  readonly by: string
  readonly answer: RawResponse | undefined
}

export interface LoadSpec {
  readonly port: number
  readonly path: string
  /** Kept alive; one request at a time on each. */
  readonly connections: number
  /** As many in all, whatever becomes of them. Unless set, each connection asks when it is answered. */
  readonly perSecond?: number
  /** Between an answer and the next request of a connection, ms. */
  readonly pauseMs?: number
  readonly method?: 'GET' | 'PUT' | 'POST'
  readonly body?: string
  /** The longest an answer is waited for, ms. */
  readonly patienceMs?: number
}

export interface FleetLoad {
  /** In the order in which they ended. */
  readonly asked: readonly Asked[]
  /** Sent and not answered. */
  inFlight(): number
  /** Waits for what is in flight. */
  stop(): Promise<readonly Asked[]>
}

/** Asks until told to stop; a connection that ends is opened anew. */
export const startFleetLoad = (spec: LoadSpec): FleetLoad => {
  const bytes = requestOf(spec)
  const asked: Asked[] = []
  const began = performance.now()
  let stopping = false
  let due = 0
  let inFlight = 0

  /** When the next request is to be sent. */
  const turn = (): number => {
    if (spec.perSecond === undefined) return performance.now()
    return began + (due++ * 1000) / spec.perSecond
  }
  const lane = async (): Promise<void> => {
    let client: RawClient | null = null
    for (;;) {
      const at = turn()
      const early = at - performance.now()
      if (early > 0) await sleep(early)
      if (stopping) break
      inFlight++
      const one = await askOnce(client, bytes, spec, at)
      inFlight--
      asked.push(one.asked)
      client = one.client
      if (spec.pauseMs !== undefined) await sleep(spec.pauseMs)
    }
    client?.destroy()
  }
  const lanes = Promise.all(Array.from({ length: spec.connections }, lane))
  return {
    asked,
    inFlight: () => inFlight,
    stop: async () => {
      stopping = true
      await lanes
      return asked
    },
  }
}

const askOnce = async (
  kept: RawClient | null,
  bytes: string,
  { port, method = 'GET', patienceMs = 5000 }: LoadSpec,
  at: number,
): Promise<{ asked: Asked; client: RawClient | null }> => {
  const client = kept ?? (await openClient(port))
  client.forget()
  await client.send(bytes)
  const answer = await awaitAnswer(client, method, patienceMs)
  const endedAt = performance.now()
  const goesOn = typeof answer !== 'string' && !client.closed()
  if (!goesOn) client.destroy()
  const asked: Asked =
    typeof answer === 'string'
      ? { at, endedAt, status: 0, by: answer, answer: undefined }
      : { at, endedAt, status: answer.status, by: authorOf(answer), answer }
  return { asked, client: goesOn ? client : null }
}

const authorOf = ({ header, body }: RawResponse): string => {
  const text = body.toString('latin1')
  if (header('content-type') !== 'application/problem+json') return text
  const problem: unknown = JSON.parse(text)
  const isCoded = typeof problem === 'object' && problem !== null && 'code' in problem
  return isCoded ? String(problem.code) : 'problem'
}

const requestOf = ({ method = 'GET', path, body }: LoadSpec): string => {
  const length = body === undefined ? '' : `Content-Length: ${body.length}\r\n`
  return `${method} ${path} HTTP/1.1\r\nHost: gw.test\r\n${length}\r\n${body ?? ''}`
}

import { request } from './guarded.ts'
import { openClient, type RawClient } from './raw-client.ts'
import { parseResponses, type RawResponse, readResponses } from './responses.ts'

/** What became of the requests with one key. Times are of `performance.now()`. */
export interface Fired {
  admitted: number
  refused: number
  firstSentAt: number
  firstAnsweredAt: number
  lastAnsweredAt: number
}

export interface Shot {
  readonly key: string
  readonly target: string
  readonly fields: readonly string[]
}

export interface Volley {
  readonly byKey: ReadonlyMap<string, Fired>
  /** Neither 200 nor 429, or no answer; one line each. */
  readonly wrong: readonly string[]
  readonly longestMs: number
  readonly tookMs: number
}

export interface VolleyOptions {
  /** Connections are spread over these. */
  readonly ports: readonly number[]
  readonly connections: number
  /** Sent at once on a connection; their waits are then those of all of them. */
  readonly pipelined?: number
  /** The next request; null: no more. */
  readonly next: () => Shot | null
}

/** Every connection asks as fast as it is answered, until there is nothing more to ask. */
export const volley = async ({ ports, connections, pipelined = 1, next }: VolleyOptions): Promise<Volley> => {
  const byKey = new Map<string, Fired>()
  const wrong: string[] = []
  let longestMs = 0
  const note = (key: string, sentAt: number, answeredAt: number, answer: RawResponse | undefined): void => {
    const fired = byKey.get(key) ?? {
      admitted: 0,
      refused: 0,
      firstSentAt: sentAt,
      firstAnsweredAt: answeredAt,
      lastAnsweredAt: 0,
    }
    byKey.set(key, fired)
    fired.firstSentAt = Math.min(fired.firstSentAt, sentAt)
    fired.firstAnsweredAt = Math.min(fired.firstAnsweredAt, answeredAt)
    fired.lastAnsweredAt = Math.max(fired.lastAnsweredAt, answeredAt)
    longestMs = Math.max(longestMs, answeredAt - sentAt)
    if (answer?.status === 200) fired.admitted++
    else if (answer?.status === 429) fired.refused++
    else wrong.push(`${key}: ${answer === undefined ? 'no answer' : `${answer.status} ${answer.body}`}`)
  }
  const fire = async (client: RawClient, shots: readonly Shot[]): Promise<void> => {
    client.forget()
    const sentAt = performance.now()
    await client.send(shots.map(({ target, fields }) => request(target, fields)).join(''))
    const methods = shots.map(() => 'GET')
    await readResponses(client, methods, 15_000)
    const answeredAt = performance.now()
    const answers = parseResponses(client.received(), methods)
    for (const [i, { key }] of shots.entries()) note(key, sentAt, answeredAt, answers[i])
  }
  const lane = async (_: unknown, index: number): Promise<void> => {
    const client = await openClient(ports[index % ports.length]!)
    for (;;) {
      const shots: Shot[] = []
      for (let shot = next(); shot !== null; shot = next()) if (shots.push(shot) === pipelined) break
      if (shots.length === 0) break
      await fire(client, shots)
    }
    client.destroy()
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: connections }, lane))
  return { byKey, wrong, longestMs, tookMs: performance.now() - began }
}

/** `each` requests with each key, one key after the other, so that all connections meet on one. */
export const keyByKey = (keys: number, each: number, target: string, name = 'client'): (() => Shot | null) => {
  let n = 0
  return () => {
    if (n >= keys * each) return null
    const key = `${name}-${Math.floor(n++ / each)}`
    return { key, target, fields: [`X-Who: ${key}`] }
  }
}

/** How often each number of admitted requests was seen: `100 × 1000`. */
export const spread = ({ byKey }: Volley): string => {
  const counts = new Map<number, number>()
  for (const { admitted } of byKey.values()) counts.set(admitted, (counts.get(admitted) ?? 0) + 1)
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([admitted, keys]) => `${admitted} × ${keys}`)
    .join(', ')
}

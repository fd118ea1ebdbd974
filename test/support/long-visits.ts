import { setTimeout as sleep } from 'node:timers/promises'
import { awaitAnswer, count, get, type Judge, oneOf, sha1, type Tally } from './load.ts'
import { streamedLines } from './patient-upstream.ts'
import { openClient, type RawClient } from './raw-client.ts'

/** A request that takes about `ms`, begun before something happens to the gateway and ended after it. */
export type LongVisit = (port: number, ms: number, tally: Tally) => Promise<void>

/** Names of the services any of which may have answered. */
const NAMES = ['A', 'B'] as const

const visit = async (
  port: number,
  name: string,
  tally: Tally,
  judge: Judge,
  run: (client: RawClient) => Promise<string>,
): Promise<void> => {
  tally.sent++
  let client: RawClient | null = null
  try {
    client = await openClient(port)
    const method = await run(client)
    count(name, await awaitAnswer(client, method), judge, tally)
  } catch (error) {
    tally.lost.push(`${name}: ${error}`)
  } finally {
    client?.destroy()
  }
}

export const slowAnswer: LongVisit = (port, ms, tally) => {
  const path = `/slow/${ms}`
  return visit(port, 'slow answer', tally, oneOf(...NAMES.map(name => `${name} ${path}`)), async client => {
    await client.send(get(path))
    return 'GET'
  })
}

export const streamedAnswer: LongVisit = (port, ms, tally) => {
  const lines = Math.round(ms / 100)
  const path = `/stream/${lines}`
  const judge = oneOf(...NAMES.map(name => streamedLines(name, path, lines)))
  return visit(port, 'streamed answer', tally, judge, async client => {
    await client.send(get(path))
    return 'GET'
  })
}

const PIECE = 'a piece of an upload that takes its time\r\n'.repeat(50)

/** Half of them chunked, half with a length. */
let uploads = 0
export const slowUpload: LongVisit = (port, ms, tally) => {
  const pieces = Math.round(ms / 100)
  const path = `/upload/${uploads++}`
  const chunked = uploads % 2 === 0
  const judge = oneOf(...NAMES.map(name => `${name} ${path} ${sha1(PIECE.repeat(pieces))}`))
  return visit(port, 'slow upload', tally, judge, async client => {
    const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${PIECE.length * pieces}`
    await client.send(`POST ${path} HTTP/1.1\r\nHost: gw.test\r\n${framing}\r\n\r\n`)
    for (let i = 0; i < pieces; i++) {
      await sleep(100)
      await client.send(chunked ? `${PIECE.length.toString(16)}\r\n${PIECE}\r\n` : PIECE)
    }
    if (chunked) await client.send('0\r\n\r\n')
    return 'POST'
  })
}

const UPGRADE =
  'GET /ws HTTP/1.1\r\nHost: gw.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

/** Echoes small frames until the time is over, then a large one; counts as one request. */
export const tunnel: LongVisit = async (port, ms, tally) => {
  tally.sent++
  const client = await openClient(port)
  try {
    await client.send(UPGRADE)
    if (!(await client.waitForText('\r\n\r\n'))) throw new Error('no handshake')
    if (!client.received().includes('HTTP/1.1 101 ')) throw new Error(client.received().toString().slice(0, 100))
    const end = Date.now() + ms
    while (Date.now() < end) {
      await echo(client, `frame at ${Date.now()}`)
      await sleep(50)
    }
    await echo(client, 'x'.repeat(200_000))
    tally.right++
  } catch (error) {
    tally.lost.push(`tunnel: ${error}`)
  } finally {
    client.destroy()
  }
}

const echo = async (client: RawClient, text: string): Promise<void> => {
  client.forget()
  await client.send(text)
  const there = await client.waitFor(c => c.closed() || c.received().length >= text.length, 10_000)
  if (!there || client.received().toString('latin1') !== text) throw new Error('an echo did not come back whole')
}

export const LONG_VISITS: readonly LongVisit[] = [slowAnswer, streamedAnswer, slowUpload, tunnel]

import { gunzipSync } from 'node:zlib'
import { type Fate, openClient, type RawClient } from './raw-client.ts'
import { parseResponses, type RawResponse } from './responses.ts'

/**
 * Runs and scores the vectors of MDA2AV/Http11Probe. A verdict is looked up by the first status and the fate of the
 * connection; vectors that also read headers or body, and those of several steps, have rules here.
 */
export type Verdict = 'Pass' | 'Warn' | 'Fail'

interface Payload {
  readonly b64?: string
  readonly gzip_b64?: string
}

export interface Vector {
  readonly id: string
  readonly level: string
  readonly scored: boolean
  readonly rfc: string | null
  readonly desc: string
  readonly expect: string | null
  readonly payload?: Payload
  readonly verdict?: Partial<Record<Verdict, string>>
  readonly steps?: readonly { readonly parts: readonly (Payload & { readonly delayMs: number })[] }[]
}

/** What was seen of one step. */
interface Seen {
  readonly fate: Fate
  readonly responses: readonly RawResponse[]
}

export interface Outcome {
  readonly vector: Vector
  readonly verdict: Verdict
  /** `STATUS/CONNECTION` of the first step. */
  readonly seen: string
  readonly received: string
}

/** How long an answer may take, and how long a connection is given to close after it. */
const ANSWER_MS = 2000
const CLOSE_MS = 250

const decode = (payload: Payload): Buffer =>
  payload.b64 === undefined
    ? gunzipSync(Buffer.from(payload.gzip_b64 ?? '', 'base64'))
    : Buffer.from(payload.b64, 'base64')

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

const watchStep = async (client: RawClient, parts: readonly { bytes: Buffer; delayMs: number }[]): Promise<Seen> => {
  client.forget()
  for (const { bytes, delayMs } of parts) {
    // A server that rejects early may stop reading: the answer counts, not whether all was sent.
    await Promise.race([client.send(bytes), pause(ANSWER_MS)])
    if (delayMs > 0) await pause(delayMs)
  }
  const method = parts[0]?.bytes.toString('latin1', 0, 5).startsWith('HEAD ') ? 'HEAD' : 'GET'
  const answered = await client.waitFor(c => c.closed() || c.received().includes('\r\n\r\n'), ANSWER_MS)
  if (answered && !client.closed()) await client.waitForClose(CLOSE_MS)
  const responses = parseResponses(client.received(), [method])
  const fate = client.closed() ? 'ClosedByServer' : answered ? 'Open' : 'TimedOut'
  return { fate, responses }
}

const statusOf = (seen: Seen): string => (seen.responses.length === 0 ? 'none' : String(seen.responses[0]!.status))
const pairOf = (seen: Seen): string => `${statusOf(seen)}/${seen.fate}`

const listed = (vector: Vector, pair: string): Verdict =>
  (['Pass', 'Warn', 'Fail'] as const).find(verdict => vector.verdict?.[verdict]?.split(' ').includes(pair)) ?? 'Fail'

const echoes =
  (text: string) =>
  (response: RawResponse): Verdict =>
    response.body.includes(text) ? 'Pass' : 'Fail'

const hasField =
  (name: string, otherwise: Verdict) =>
  (response: RawResponse): Verdict =>
    response.header(name) === undefined ? otherwise : 'Pass'

/** What an upstream saw of a misspelt length or coding: turned into the real one, passed on as it was, or gone. */
const normalised =
  (standard: string, sent: string, value: string) =>
  (response: RawResponse): Verdict => {
    const lines = response.body.toString('latin1').split('\n')
    const names = lines
      .filter(line => line.slice(line.indexOf(':') + 1).trim() === value)
      .map(line => line.slice(0, line.indexOf(':')))
    if (names.some(name => name.toLowerCase() === standard)) return 'Fail'
    return names.some(name => name.toLowerCase() === sent) ? 'Warn' : 'Pass'
  }

/** Rules for successful answers of the vectors that read more than the status. */
const readers: Readonly<Record<string, (response: RawResponse) => Verdict>> = {
  'COMP-POST-CL-BODY': echoes('hello'),
  'COMP-CHUNKED-BODY': echoes('hello'),
  'COMP-CHUNKED-MULTI': echoes('hello world'),
  'COMP-CHUNKED-EXTENSION': echoes('hello'),
  'COMP-CHUNKED-TRAILER-VALID': echoes('hello'),
  'COMP-CHUNKED-HEX-UPPERCASE': echoes('helloworld'),
  'COMP-HEAD-NO-BODY': response => (response.body.length === 0 ? 'Pass' : 'Fail'),
  'COMP-DATE-HEADER': hasField('date', 'Fail'),
  'COMP-OPTIONS-ALLOW': hasField('allow', 'Warn'),
  'COMP-CONTENT-TYPE': hasField('content-type', 'Warn'),
  'COMP-NO-CL-IN-204': r => (r.status !== 204 ? 'Warn' : r.header('content-length') === undefined ? 'Pass' : 'Fail'),
  'NORM-UNDERSCORE-CL': normalised('content-length', 'content_length', '99'),
  'NORM-SP-BEFORE-COLON-CL': normalised('content-length', 'content-length ', '5'),
  'NORM-TAB-IN-NAME': normalised('content-length', 'content\tlength', '99'),
  'NORM-UNDERSCORE-TE': normalised('transfer-encoding', 'transfer_encoding', 'chunked'),
  'COOK-ECHO': echoes('foo=bar'),
  'COOK-PARSED-BASIC': echoes('foo=bar'),
  'COOK-PARSED-MULTI': echoes('b=2'),
}

const judgeSingle = (vector: Vector, seen: Seen): Verdict => {
  const first = seen.responses[0]
  if (first === undefined) return listed(vector, pairOf(seen))
  if (vector.id === 'COMP-405-ALLOW' && first.status === 405) return hasField('allow', 'Fail')(first)
  const read = readers[vector.id]
  return read !== undefined && first.status >= 200 && first.status < 300 ? read(first) : listed(vector, pairOf(seen))
}

/** Poison first: rejected or closed is safe, two answers to one request or an open connection is not. */
const judgeSequence = (vector: Vector, steps: readonly Seen[]): Verdict => {
  const first = steps[0]!
  if (vector.id === 'SMUG-PIPELINE-SAFE') return steps.every(step => statusOf(step).startsWith('2')) ? 'Pass' : 'Fail'
  if (first.responses.length > 1 && vector.scored) return 'Fail'
  if (statusOf(first) === '400' || first.fate === 'ClosedByServer') return 'Pass'
  return vector.scored ? 'Fail' : 'Warn'
}

const stepsOf = (vector: Vector): { bytes: Buffer; delayMs: number }[][] =>
  vector.steps === undefined
    ? [[{ bytes: decode(vector.payload ?? {}), delayMs: 0 }]]
    : vector.steps.map(step => step.parts.map(part => ({ bytes: decode(part), delayMs: part.delayMs })))

export const runVector = async (vector: Vector, port: number): Promise<Outcome> => {
  const client = await openClient(port)
  const seen: Seen[] = []
  let received = ''
  for (const parts of stepsOf(vector)) {
    if (client.closed()) break
    seen.push(await watchStep(client, parts))
    received += client.received().toString('latin1', 0, 400)
  }
  client.destroy()
  const verdict = vector.steps === undefined ? judgeSingle(vector, seen[0]!) : judgeSequence(vector, seen)
  return { vector, verdict, seen: seen.map(pairOf).join(' then '), received }
}

export const runVectors = async (vectors: readonly Vector[], port: number, atOnce: number): Promise<Outcome[]> => {
  const outcomes: Outcome[] = []
  const queue = [...vectors]
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) outcomes.push(await runVector(next, port))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return outcomes
}

import { jsonString } from '../escape.ts'
import { Attributes } from './span-json.ts'

/** What is used of `fetch`, so that tests need no network. */
export type OtlpPort = (url: string, init: OtlpRequest) => Promise<OtlpAnswer>

export interface OtlpRequest {
  readonly method: 'POST'
  readonly redirect: 'manual'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}

export interface OtlpAnswer {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: AsyncIterable<Uint8Array> | null
}

/** What the collector made of a request. `later`: it is to be sent again, not before `afterMs` where it says so. */
export type Verdict =
  | { readonly kind: 'taken'; readonly rejected: number; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'later'; readonly reason: string; readonly afterMs: number }

/** The body of an export request: `spans` are JSON objects with commas between them. */
export const otlpBody = (service: string, version: string, instance: string, spans: string): string => {
  const resource = new Attributes()
    .text('service.name', service)
    .text('service.version', version)
    .text('service.instance.id', instance)
  const scope = `{"name":"sallyport","version":${jsonString(version)}}`
  return `{"resourceSpans":[{"resource":{"attributes":[${resource.json}]},"scopeSpans":[{"scope":${scope},"spans":[${spans}]}]}]}`
}

/** Worth another try (OTLP 1.x, "Failures"). */
const TRANSIENT: ReadonlySet<number> = new Set([429, 502, 503, 504])
/** Of the answer; what is longer is not looked at. */
const MOST_ANSWER = 64 * 1024

/** `wall`: ms since the epoch, for a Retry-After that is a date. Rejects where the answer breaks off. */
export const readVerdict = async (answer: OtlpAnswer, wall: number): Promise<Verdict> => {
  const { status, headers } = answer
  const text = await readText(answer)
  if (status >= 200 && status < 300) return { kind: 'taken', ...partialSuccess(text) }
  const reason = `it answered with status ${status}`
  if (!TRANSIENT.has(status)) return { kind: 'refused', reason }
  return { kind: 'later', reason, afterMs: retryAfter(headers.get('retry-after'), wall) }
}

const readText = async ({ body }: OtlpAnswer): Promise<string> => {
  const chunks: Uint8Array[] = []
  let length = 0
  // Leaving the loop gives up the rest, and the connection.
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > MOST_ANSWER) return ''
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** How many spans a collector refused of those it took; 64-bit numbers are texts in OTLP. */
const partialSuccess = (text: string): { rejected: number; reason: string } => {
  const success = memberOf(parsed(text), 'partialSuccess')
  const rejected = Number(memberOf(success, 'rejectedSpans') ?? 0)
  if (!Number.isSafeInteger(rejected) || rejected <= 0) return { rejected: 0, reason: '' }
  return { rejected, reason: 'it rejected some of the spans' }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined

/** Longer than this nobody is made to wait: the collector may be another one by then. */
const LONGEST_MS = 60_000

/** Seconds or a date (RFC 9110 §10.2.3); 0 where there is none. */
const retryAfter = (value: string | null, wall: number): number => {
  if (value === null) return 0
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - wall
  return ms > 0 ? Math.min(ms, LONGEST_MS) : 0
}

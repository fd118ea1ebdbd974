/** What is used of `fetch`, so that tests need no network. */
export type FetchPort = (url: string, init: FetchInit) => Promise<FetchAnswer>

export interface FetchInit {
  readonly redirect: 'error'
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

export interface FetchAnswer {
  readonly status: number
  readonly body: AsyncIterable<Uint8Array> | null
}

/** Why there is no key set now: one part of a sentence, without an address or anything the other side wrote. */
export class DownloadFailure {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

const LONGEST_BODY = 1024 * 1024
/** The place was reached and has no such document: another may have it. */
export class NotThere extends DownloadFailure {}

/**
 * The bytes of a document. Only what was asked for is fetched: a redirect could lead past the rule that it must be https.
 * The content type is not looked at, as many sets are served as plain text; whether it is one is seen by reading it.
 */
export const download = async (
  url: string,
  { fetch, signal, allowHttp }: { fetch: FetchPort; signal: AbortSignal; allowHttp: boolean },
): Promise<Uint8Array> => {
  if (!isAllowed(url, allowHttp)) throw new DownloadFailure('its address is not an https URL without credentials')
  const answer = await fetch(url, { redirect: 'error', headers: { accept: 'application/json' }, signal })
  if (answer.status !== 200) {
    discard(answer)
    throw new NotThere(`it answered with status ${answer.status}`)
  }
  return readBody(answer, signal)
}

const isAllowed = (text: string, allowHttp: boolean): boolean => {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (allowHttp && url.protocol === 'http:')
}

const readBody = async ({ body }: FetchAnswer, signal: AbortSignal): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = []
  let length = 0
  // Leaving the loop cancels the stream, and with it the connection.
  for await (const chunk of body ?? []) {
    if (signal.aborted) throw new DownloadFailure('it was too slow')
    length += chunk.length
    if (length > LONGEST_BODY) throw new DownloadFailure('it answered with more than 1 MiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** A body that nobody reads keeps its connection. */
const discard = ({ body }: FetchAnswer): void => {
  void body?.[Symbol.asyncIterator]()
    .return?.()
    ?.catch(() => {})
}

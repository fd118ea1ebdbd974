import { statSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { headersOf } from './credentials.ts'
import type { Place, Proof } from './peer.ts'
import { type Answer, get } from './ports.ts'
import { accessLogFile } from './sallyport.ts'

/** Forwarded headers and the target's `Host` upstream, the prefix stripped, a request id on both sides. */
export const passesOn: Proof = async ({ port, upstream }, client) => {
  const answer = await get(port, '/api/users/echo', { Host: 'api.example.com', ...headersOf(client) })
  const seen: Record<string, unknown> = JSON.parse(answer.body)
  const id = answer.headers['x-request-id']
  const wanted: Record<string, unknown> = {
    uri: '/echo',
    host: `127.0.0.${/^127.0.0.2:/.test(String(seen['host'])) ? 2 : 1}:${upstream}`,
    for: '127.0.0.1',
    proto: 'http',
    forwardedHost: 'api.example.com',
    requestId: id,
  }
  if (!id) throw new Error('it does not do the same work: no X-Request-Id in the answer')
  for (const [what, value] of Object.entries(wanted)) {
    if (seen[what] !== value) {
      throw new Error(`it does not do the same work: ${what} upstream is "${seen[what]}", not "${value}"`)
    }
  }
}

/** Each route that is asked, and the credentials that it must not let pass. */
const refuses = async ({ port }: Place, what: string, headers: Record<string, string>): Promise<void> => {
  for (const path of ['/api/users/1', '/api/orders/1', '/api/products/1/prices']) {
    const { status } = await get(port, path, headers)
    if (status !== 401) throw new Error(`it does not check credentials: ${path} with ${what} is answered ${status}`)
  }
}

export const checksTokens: Proof = async (place, { token, key }) => {
  await refuses(place, 'no token', { 'X-Api-Key': key })
  await refuses(place, 'a forged token', headersOf({ token: changed(token), key }))
}

export const checksKeys: Proof = async (place, { token, key }) => {
  await refuses(place, 'no key', { Authorization: `Bearer ${token}` })
  await refuses(place, 'an unknown key', headersOf({ token, key: changed(key) }))
}

/** Ten characters before its end, where each of them counts: the last one of base64url may hold spare bits. */
export const changed = (text: string): string => {
  const at = text.length - 10
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
}

/** The answer says what the quota is, and that this request was counted. */
export const counts: Proof = async ({ port }, client) => {
  const answer = await get(port, '/api/orders/1', headersOf(client))
  const quota = numberOf(answer, 'ratelimit-policy', 'q')
  const left = numberOf(answer, 'ratelimit', 'r')
  if (!(left < quota)) throw new Error(`it does not count requests: ${left} of ${quota} are left after one`)
}

const numberOf = (answer: Answer, header: string, parameter: string): number =>
  Number(new RegExp(`;${parameter}=(\\d+)`).exec(String(answer.headers[header]))?.[1] ?? Number.NaN)

/** Of breakers that are there: enough failures open the circuit, and after a while it closes again. */
export const opens: Proof = async ({ port }) => {
  const ask = async (): Promise<number> => (await get(port, '/api/orders/fail', {})).status
  for (let i = 0; i < 40; i++) await ask()
  const refused = await ask()
  if (refused !== 503) throw new Error(`its breakers do not open: a request after 40 failures is answered ${refused}`)
  for (const end = Date.now() + 20_000; Date.now() < end; await pause(250)) {
    if ((await get(port, '/api/orders/1', {})).status === 200) return
  }
  throw new Error('its breakers do not close again')
}

/** Waits, at most 3 s: lines are written in batches. */
export const logs =
  (name: string): Proof =>
  async ({ folder }) => {
    const file = accessLogFile(folder, name)
    for (const end = Date.now() + 3000; Date.now() < end; await pause(50)) {
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) return
    }
    throw new Error('it does not write its access log')
  }

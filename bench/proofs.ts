import { statSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { headersOf } from './credentials.ts'
import type { Left, Place, Proof } from './peer.ts'
import { type Answer, get } from './ports.ts'
import { accessLogFile } from './sallyport.ts'

/**
 * Forwarded headers and the target's `Host` upstream, the prefix stripped, a request id on both sides, less what the peer
 * is known to leave out; and the upstream's body as it was.
 */
export const passesOn =
  (leavesOut: readonly Left[] = []): Proof =>
  async (place, client) => {
    const answer = await get(place.port, '/api/users/echo', { Host: 'api.example.com', ...headersOf(client) })
    const seen: Record<string, unknown> = JSON.parse(answer.body)
    const id = answer.headers['x-request-id']
    const checks: readonly (readonly [what: string, holds: boolean])[] = [
      ['uri', seen['uri'] === '/echo'],
      ['host', ADDRESSES.some(address => seen['host'] === `${address}:${place.upstream}`)],
      ['for', ownAddresses().includes(String(seen['for']))],
      ['proto', leavesOut.includes('proto') || seen['proto'] === 'http'],
      ['forwardedHost', seen['forwardedHost'] === 'api.example.com'],
      ['requestId', leavesOut.includes('requestId') || (id !== undefined && seen['requestId'] === id)],
    ]
    const failed = checks.find(([, holds]) => !holds)?.[0]
    if (failed !== undefined) {
      throw new Error(`it does not do the same work: ${failed} upstream is "${seen[failed]}", the answer's id "${id}"`)
    }
    await passesBody(place, client)
  }

/** Of the upstream: `sallyport-two` and its like take turns. */
const ADDRESSES = ['127.0.0.1', '127.0.0.2']

/** Envoy forwards one of the machine's other addresses for a client on the loopback interface. */
const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap(addresses => (addresses ?? []).map(({ address }) => address))

const passesBody: Proof = async ({ port, upstream }, client) => {
  const path = '/api/orders/1'
  const [passed, original] = [await get(port, path, headersOf(client)), await get(upstream, path)]
  if (passed.body !== original.body) throw new Error('it does not do the same work: the body is not the one upstream')
}

const BRANCHES = ['orders', 'products', 'reviews', 'user']

/** One answer of four, complete, with the members that are said, in whatever order; the others pass the request on. */
const makesOneOfFour =
  (members: (part: object) => boolean): Proof =>
  async ({ port }) => {
    const { status, body } = await get(port, '/api/dashboard/7', {})
    const parts: Record<string, object> = JSON.parse(body)
    const complete = status === 200 && Object.keys(parts).sort().join() === BRANCHES.join()
    if (!complete || !Object.values(parts).every(members)) throw new Error('it does not make one answer of four')
  }

export const madeOfFour = makesOneOfFour(part => Object.keys(part).length > 2)
export const twoOfEach = makesOneOfFour(part => Object.keys(part).sort().join() === 'id,name')

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
export const logs: Proof = async place => {
  const file = accessLogFile(place)
  for (const end = Date.now() + 3000; Date.now() < end; await pause(50)) {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) return
  }
  throw new Error('it does not write its access log')
}

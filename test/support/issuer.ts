import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { keySigner, type Signer } from '../../src/policies/testing/jwt-sign.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** An issuer of tokens on loopback: its keys, and how it behaves, are the test's to change. */
export interface Issuer {
  readonly port: number
  /** `http://127.0.0.1:PORT`, also what `iss` is. */
  readonly url: string
  readonly jwksUrl: string
  /** How often anything was asked of it; and of the key set alone. */
  readonly asked: { total: number; jwks: number }
  /** What the set holds; assign to rotate. */
  keys: readonly Signer[]
  /** In place of the key set and all else. Null: as it should be. */
  answer: Answer | null
  /** Nobody listens on its port, and its connections break. */
  down(): Promise<void>
  /** On the same port again. */
  up(): Promise<void>
}

export const startIssuer = async (...keys: readonly Signer[]): Promise<Issuer> => {
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    issuer.asked.total++
    if (request.url === '/jwks.json') issuer.asked.jwks++
    if (issuer.answer === null) behave(issuer, request, response)
    else issuer.answer(request, response)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const port = await listenOn(server, 0)
  const url = `http://127.0.0.1:${port}`
  const issuer: Issuer = {
    port,
    url,
    jwksUrl: `${url}/jwks.json`,
    asked: { total: 0, jwks: 0 },
    keys,
    answer: null,
    down: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
    up: async () => void (await listenOn(server, port)),
  }
  return issuer
}

const listenOn = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      const address = server.address()
      resolve(address === null || typeof address === 'string' ? 0 : address.port)
    })
  })

const behave = ({ url, jwksUrl, keys }: Issuer, request: IncomingMessage, response: ServerResponse): void => {
  if (request.url === '/jwks.json') return json(response, { keys: keys.map(({ jwk }) => jwk) })
  if (request.url === '/.well-known/openid-configuration') return json(response, { issuer: url, jwks_uri: jwksUrl })
  response.writeHead(404).end()
}

const json = (response: ServerResponse, value: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

/** A signing key with a name. */
export const issuerKey = (kid: string): Signer => keySigner('ES256', { kid, use: 'sig', alg: 'ES256' })

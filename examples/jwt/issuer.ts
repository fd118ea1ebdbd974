import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'

/** Stands in for an identity provider: metadata, a key set, and a token for whoever asks. Not for anything but this example. */
const port = Number(process.env['ISSUER_PORT'] ?? 3002)
const issuer = `http://127.0.0.1:${port}`
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'key-1', use: 'sig', alg: 'ES256' }

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT (RFC 7519) signed with ES256 (RFC 7518 §3.4). */
const token = (claims: object): string => {
  const signed = `${part({ alg: 'ES256', typ: 'JWT', kid: jwk.kid })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

/** `/token?sub=ada&roles=reader,writer&lasts=300` */
const tokenFor = (asked: URLSearchParams): string => {
  const iat = Math.floor(Date.now() / 1000)
  const lasts = Number(asked.get('lasts') ?? 300)
  const roles = (asked.get('roles') ?? '').split(',')
  const jti = asked.get('jti') ?? 'token-1'
  return token({ iss: issuer, aud: 'orders', sub: asked.get('sub') ?? 'ada', jti, roles, iat, exp: iat + lasts })
}

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', issuer)
  if (pathname === '/.well-known/openid-configuration') {
    response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks.json` }))
  } else if (pathname === '/jwks.json') response.end(JSON.stringify({ keys: [jwk] }))
  else if (pathname === '/token') response.end(tokenFor(searchParams))
  else response.writeHead(404).end()
}).listen(port, '127.0.0.1')

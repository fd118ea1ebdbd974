import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { base64url } from '../src/policies/testing/jwt-sign.ts'
import { bearer, request } from './support/guarded.ts'
import { revocation } from './support/guarded-gateways.ts'
import { issuerKey, startIssuer } from './support/issuer.ts'
import { openClient } from './support/raw-client.ts'
import { redisAvailable, startRedis } from './support/redis.ts'
import { exchange } from './support/responses.ts'
import { startRunning } from './support/running.ts'
import { runSallyport } from './support/sallyport.ts'
import { HMAC_SECRET, hmacToken, keyHash, signedToken } from './support/tokens-jwt.ts'

/** Whatever goes wrong, and however much is logged: nothing that anybody could log in with is written anywhere. */

const API_KEY = 'sp_api_key_that_nobody_may_see_0123'
const QUERY_KEY = 'sp_query_key_that_nobody_may_see_01'
const REDIS_PASSWORD = 'redis-password-that-nobody-may-see'
const JWKS_SECRET = 'jwks-secret-that-nobody-may-see'

const configOf = (redis: string, jwks: string, more = ''): string => `
listeners: { web: { address: 127.0.0.1:0 } }
admin: 127.0.0.1:0
workers: 2
state: { redis: "${redis}", timeout: 50ms }
accessLog: { format: json, to: stdout }
auth:
  main: { jwt: { secret: "${HMAC_SECRET}", algorithms: [HS256], from: [header:authorization, cookie:session, "query:access_token"], forward: true } }
  remote: { jwt: { jwks: "${jwks}", algorithms: [ES256], allowHttp: true, timeout: 300ms } }
  keys: { apiKey: { header: x-api-key } }
  inQuery: { apiKey: { query: api-key } }
consumers:
  app: { keys: ["sha256:${keyHash(API_KEY)}", "sha256:${keyHash(QUERY_KEY)}"] }
services: { gone: { url: "http://127.0.0.1:1" } }
routes:
  - { path: /main, to: gone, auth: main }
  - { path: /remote, to: gone, auth: remote }
  - { path: /keys, respond: { text: ok }, auth: keys, rateLimit: { limit: 3/1h, by: key } }
  - { path: /query, to: gone, auth: inQuery }
  - { path: /any, respond: { text: ok }, auth: [main, keys, inQuery], access: { roles: [nobody] } }
${more}
`

test('secrets are in no log, no metric and no answer', { skip: !redisAvailable() }, async t => {
  const redis = await startRedis(['--requirepass', REDIS_PASSWORD])
  const key = issuerKey('one')
  const issuer = await startIssuer(key)
  const url = (password: string): string => `redis://someone:${password}@127.0.0.1:${redis.port}`
  const jwks = `${issuer.jwksUrl}?token=${JWKS_SECRET}`
  const gateway = await startRunning(configOf(`redis://:${REDIS_PASSWORD}@127.0.0.1:${redis.port}`, jwks))
  t.after(async () => {
    gateway.child.kill('SIGKILL')
    await issuer.down()
    await redis.stop()
  })
  const tokens = [hmacToken('me'), hmacToken('me', { exp: 1 }), `${hmacToken('me')}x`, signedToken(key, 'me')]
  const answers: string[] = []
  const ask = async (target: string, ...fields: string[]): Promise<number> => {
    const client = await openClient(gateway.port)
    const answer = await exchange(client, request(target, fields))
    client.destroy()
    answers.push(answer.head, answer.body.toString())
    return answer.status
  }
  /** Everything that can be asked with every credential in every place, good and bad. */
  const all = async (): Promise<void> => {
    for (const token of tokens) {
      await ask('/main', bearer(token))
      await ask('/main', bearer(token), bearer(token))
      await ask('/main', `Cookie: session=${token}`)
      await ask(`/main?access_token=${token}`)
      await ask(`/any?%61ccess_token=${token}&access_token=${token}`)
      await ask('/remote', bearer(token))
      await ask('/nowhere', bearer(token))
      await ask(`/nowhere?access_token=${token}`)
    }
    for (let i = 0; i < 5; i++) await ask('/keys', `X-Api-Key: ${API_KEY}`)
    await ask('/any', `X-Api-Key: ${API_KEY}`)
    await ask('/any', `X-Api-Key: ${API_KEY}x`)
    await ask(`/query?api-key=${QUERY_KEY}`)
    await ask(`/query?a=b;api-key=${QUERY_KEY}`)
    await ask(`/query?api%2Dkey=${QUERY_KEY}&x=y`, 'Connection: close')
  }
  await all()
  assert.equal(await revocation(gateway, { key: API_KEY }), 400)
  assert.equal(await revocation(gateway, { key: `sha256:${keyHash(API_KEY)}`, for: '1h' }), 200)
  issuer.answer = (_, response) => void response.writeHead(500).end(JWKS_SECRET)
  await redis.kill()
  await all()
  await redis.restart()
  await gateway.says(/Redis is back/)

  // Configurations with mistakes around secrets, each of which is shown to the operator.
  const before = gateway.err().length
  for (const config of [
    configOf(url(REDIS_PASSWORD), jwks.replace('http:', 'ftp:')),
    configOf(url(REDIS_PASSWORD), jwks, '  - { path: /x, auth: mian, respond: { text: x } }'),
    configOf(url(REDIS_PASSWORD).replace('redis:', 'http:'), jwks),
    configOf(`${url(REDIS_PASSWORD)}:x`, jwks),
    configOf(url(REDIS_PASSWORD), jwks).replace('algorithms: [HS256]', 'algorithms: [RS256]'),
    configOf(url(REDIS_PASSWORD), jwks).replace('algorithms: [HS256]', 'algorithms: [HS512]'),
    configOf(url(REDIS_PASSWORD), jwks).replace(`secret: "${HMAC_SECRET}"`, `secret: "${HMAC_SECRET}`),
    configOf(url(REDIS_PASSWORD), jwks).replace(`secret: "${HMAC_SECRET}"`, `secret: ["${HMAC_SECRET}"]`),
    configOf(url(REDIS_PASSWORD), jwks).replace(`secret: "${HMAC_SECRET}"`, `secrte: "${HMAC_SECRET}"`),
    configOf(url(REDIS_PASSWORD), jwks).replace(`sha256:${keyHash(API_KEY)}`, API_KEY),
  ]) {
    await gateway.reload(config)
    await gateway.put('wrong.yaml', config)
    const checked = await runSallyport(['check', join(gateway.folder, 'wrong.yaml')])
    answers.push(checked.out, checked.err)
  }
  assert.notEqual(gateway.err().length, before)
  for (const path of ['/metrics', '/healthz', '/readyz', '/v1/revocations'])
    answers.push((await gateway.admin(path)).text)
  const file = join(gateway.folder, 'sallyport.yaml')
  await gateway.put('sallyport.yaml', configOf(url(REDIS_PASSWORD), jwks))
  // A token in the URL would be repeated: that is what was asked, by whoever reads the answer.
  const explained = await runSallyport(['explain', 'GET', 'http://gw.test/main', '-H', bearer(tokens[0]!), file])
  answers.push(explained.out, explained.err)

  assert.equal(await gateway.stop(), 0)
  assert.ok(gateway.out().split('\n').length > 80, 'every request is in the access log')
  const written = { out: gateway.out(), err: gateway.err(), answers: answers.join('\n') }
  const secrets = [
    HMAC_SECRET,
    base64url(HMAC_SECRET),
    API_KEY,
    QUERY_KEY,
    REDIS_PASSWORD,
    JWKS_SECRET,
    encodeURIComponent(REDIS_PASSWORD),
  ]
  for (const token of tokens) secrets.push(token.split('.')[2]!)
  for (const [where, text] of Object.entries(written)) {
    for (const secret of secrets) {
      const at = text.indexOf(secret)
      assert.ok(at < 0, `${where}: ${text.slice(Math.max(0, at - 200), at + 100)}`)
    }
  }
  t.diagnostic(
    Object.entries(written)
      .map(([where, text]) => `${where} ${text.length}`)
      .join(', '),
  )
})

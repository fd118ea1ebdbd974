import { Exchange } from '../../src/core/exchange.ts'
import { RequestHead } from '../../src/http1/request-parser.ts'
import { bytesOf } from '../../src/http1/testing.ts'
import { jwtWay } from '../../src/policies/jwt/jwt-way.ts'
import { signerFor, tokenOf } from '../../src/policies/testing/jwt-sign.ts'
import { bearing, jwtSpec, jwtWorld, NOW, SECRET_KEYS } from '../../src/policies/testing/jwt-world.ts'
import { isRejection, type Way } from '../../src/policies/way.ts'
import { JWT_ALGORITHMS, type JwtAlgorithm } from '../../src/spec/spec-auth.ts'
import { bench, kept } from './loop.ts'

/**
 * What a bearer token costs a request: one that was seen before (a look-up, the target is less than a microsecond), and
 * the first time, which is the library's signature check and what is checked before it. A token is read out of a request
 * head that is parsed each time, because its hash, which the look-up needs, is worked out each time too.
 */
const signers = JWT_ALGORITHMS.map(algorithm => signerFor(algorithm))

const wayFor = (algorithm: JwtAlgorithm): Way => {
  const keys = algorithm.startsWith('HS')
    ? SECRET_KEYS
    : ({ kind: 'static', keys: signers.filter(each => each.algorithm === algorithm).map(each => each.jwk) } as const)
  return jwtWay(jwtSpec({ algorithms: [algorithm], keys }), [], jwtWorld())
}

/** What issuers send: about 700 characters with RS256. */
const claimsOf = (user: number) => ({
  iss: 'https://id.example.com/',
  sub: `user-${user}`,
  aud: ['api', 'https://id.example.com/userinfo'],
  iat: NOW,
  exp: NOW + 3600,
  jti: `d3b07384-d9a0-4c9b-8f3e-${String(user).padStart(12, '0')}`,
  scope: 'openid profile orders:read orders:write',
  roles: ['user', 'editor'],
})

const seenBefore = async (count: number): Promise<void> => {
  const signer = signers[0]!
  const way = wayFor(signer.algorithm)
  const tokens = Array.from({ length: count }, (_, i) => tokenOf(signer, claimsOf(i), { typ: 'JWT', kid: 'key-1' }))
  for (const token of tokens) await way.check(bearing(token))
  const requests = tokens.map(token =>
    bytesOf('GET /orders HTTP/1.1', 'Host: a', 'Accept: */*', `Authorization: Bearer ${token}`),
  )
  const head = new RequestHead()
  const x = new Exchange()
  x.headers = head
  const parse = (i: number): void => {
    const request = requests[i % count]!
    head.parse(request, 0, request.length)
  }
  const title = `${count} tokens of ${tokens[0]!.length} characters`
  const without = await bench(`a head, ${title}: parse`, times => {
    for (let i = 0; i < times; i++) parse(i)
    return head.count
  })
  const checked = await bench(`a head, ${title}: parse, check`, times => {
    for (let i = 0; i < times; i++) {
      parse(i)
      const result = way.check(x)
      if (result === null || 'then' in result || isRejection(result)) throw new Error('not seen before')
      kept[1] = result
    }
    return head.count
  })
  console.log(`  the check alone: ${(checked.medianNs - without.medianNs).toFixed(0)} ns`)
}

await seenBefore(1)
await seenBefore(1000)
await seenBefore(9000)

/** A new way for each round, which has seen none of the tokens; its key is imported once a round. */
const ROUND = 300

for (const signer of signers) {
  const requests = Array.from({ length: ROUND }, (_, i) => bearing(tokenOf(signer, claimsOf(i))))
  let way = wayFor(signer.algorithm)
  let next = 0
  await bench(`the first time, ${signer.algorithm}`, async times => {
    for (let i = 0; i < times; i++) {
      if (next === ROUND) {
        way = wayFor(signer.algorithm)
        next = 0
      }
      const result = await way.check(requests[next++]!)
      if (result === null || isRejection(result)) throw new Error('not a good token')
    }
  })
}

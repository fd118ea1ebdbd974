import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hmacSigner, tokenOf } from '../src/policies/testing/jwt-sign.ts'
import { bearer, request } from './support/guarded.ts'
import { type Asked, newTally, startLoad } from './support/load.ts'
import { openClient } from './support/raw-client.ts'
import { exchange } from './support/responses.ts'
import { type Running, startRunning } from './support/running.ts'
import { claimsOf, HMAC_SECRET, hmacToken, keyHash } from './support/tokens-jwt.ts'

/** What a reload changes about who may pass and how often is in force when it is over; what it leaves alone stays. */

const OTHER_SECRET = 'another-secret-that-nobody-may-ever-see-in-logs'
const KEYS = ['sp_first_key_0123456789abcdef012345', 'sp_second_key_0123456789abcdef01234'] as const
const WORKERS = 2

interface Settings {
  readonly secret: string
  readonly audience: string
  readonly key: string
  readonly roles: string
  readonly limit: string
}
const FIRST: Settings = { secret: HMAC_SECRET, audience: '', key: KEYS[0], roles: '', limit: '1000/1h' }

const configOf = ({ secret, audience, key, roles, limit }: Settings): string => `
listeners: { web: { address: 127.0.0.1:0 } }
admin: 127.0.0.1:0
workers: ${WORKERS}
auth:
  main: { jwt: { secret: "${secret}", algorithms: [HS256]${audience === '' ? '' : `, audience: ${audience}`} } }
  other: { jwt: { secret: "${HMAC_SECRET}", algorithms: [HS256], clockSkew: 30s } }
  keys: { apiKey: { header: x-api-key } }
consumers:
  app: { keys: ["sha256:${keyHash(key)}"], roles: [${roles}] }
routes:
  - { path: /main, respond: { text: main }, auth: main }
  - { path: /other, respond: { text: other }, auth: other }
  - { path: /key, respond: { text: key }, auth: keys }
  - { path: /admins, respond: { text: admins }, auth: keys, access: { roles: [admin] } }
  - { path: /changing, respond: { text: changing }, rateLimit: { limit: ${limit}, by: "header:x-who", algorithm: fixed-window } }
  - { path: /same, respond: { text: same }, rateLimit: { limit: 50/1h, by: "header:x-who", algorithm: fixed-window } }
`

const start = async (t: TestContext): Promise<Running> => {
  const gateway = await startRunning(configOf(FIRST))
  t.after(() => gateway.stop())
  return gateway
}

/** On connections of their own, so that each worker answers some. */
const statuses = async ({ port }: Running, path: string, ...fields: string[]): Promise<string> => {
  const answers = await Promise.all(
    Array.from({ length: 16 }, async () => {
      const client = await openClient(port)
      const { status } = await exchange(client, request(path, fields))
      client.destroy()
      return status
    }),
  )
  return [...new Set(answers)].sort().join()
}

const change = async (gateway: Running, settings: Partial<Settings>): Promise<void> =>
  assert.match(await gateway.reload(configOf({ ...FIRST, ...settings })), /^reloaded/)

/** How many more of the limit are admitted, over all workers. */
const admitted = async ({ port }: Running, path: string, who: string, tries: number): Promise<number> => {
  const client = await openClient(port)
  let count = 0
  for (let i = 0; i < tries; i++) {
    if ((await exchange(client, request(path, [`X-Who: ${who}`]))).status === 200) count++
  }
  client.destroy()
  return count
}

suite('a reload under load', () => {
  let gateway: Running
  test('nothing is lost while everything changes', async t => {
    gateway = await start(t)
    const { port } = gateway
    const tally = newTally()
    const load = startLoad({ port, connections: 8, pauseMs: 2, ask: alwaysRight }, tally)
    t.after(load.stop)
    await sleep(200)

    await t.test('the secret of a provider: remembered tokens are forgotten, others are not', async () => {
      const [old, fresh] = [hmacToken('me'), tokenOf(hmacSigner('HS256', OTHER_SECRET), claimsOf('me'))]
      assert.equal(await statuses(gateway, '/main', bearer(old)), '200')
      await change(gateway, { secret: OTHER_SECRET })
      assert.equal(await statuses(gateway, '/main', bearer(old)), '401')
      assert.equal(await statuses(gateway, '/main', bearer(fresh)), '200')
      assert.equal(await statuses(gateway, '/other', bearer(old)), '200')
      await change(gateway, {})
      assert.equal(await statuses(gateway, '/main', bearer(old)), '200')
      assert.equal(await statuses(gateway, '/main', bearer(fresh)), '401')
    })

    await t.test('a setting of a provider', async () => {
      const [old, meant] = [bearer(hmacToken('me')), bearer(hmacToken('me', { aud: 'api' }))]
      assert.equal(await statuses(gateway, '/main', old), '200')
      await change(gateway, { audience: 'api' })
      assert.equal(await statuses(gateway, '/main', old), '401')
      assert.equal(await statuses(gateway, '/main', meant), '200')
      await change(gateway, {})
    })

    await t.test('the key and the roles of a consumer', async () => {
      const [first, second] = [`X-Api-Key: ${KEYS[0]}`, `X-Api-Key: ${KEYS[1]}`]
      assert.equal(await statuses(gateway, '/key', first), '200')
      assert.equal(await statuses(gateway, '/admins', first), '403')
      await change(gateway, { key: KEYS[1] })
      assert.equal(await statuses(gateway, '/key', first), '401')
      assert.equal(await statuses(gateway, '/key', second), '200')
      await change(gateway, { roles: 'admin' })
      assert.equal(await statuses(gateway, '/admins', first), '200')
      await change(gateway, {})
      assert.equal(await statuses(gateway, '/admins', first), '403')
    })

    await t.test('limits: those that changed are in force, what the others counted is kept', async () => {
      assert.equal(await admitted(gateway, '/same', 'a', 40), 40)
      assert.equal(await admitted(gateway, '/changing', 'a', 40), 40)
      await change(gateway, { limit: '5/1h' })
      assert.equal(await admitted(gateway, '/changing', 'a', 20), 5)
      assert.equal(await admitted(gateway, '/same', 'a', 20), 10)
      await change(gateway, { limit: '45/1h', roles: 'admin' })
      assert.equal(await admitted(gateway, '/changing', 'b', 60), 45)
      assert.equal(await admitted(gateway, '/same', 'a', 5), 0)
      await change(gateway, {})
    })

    await t.test('one that is refused changes nothing', async () => {
      const weak = configOf({ ...FIRST, secret: 'w3ak-secret' })
      assert.match(await gateway.reload(weak), /^not reloaded/)
      assert.ok(!gateway.err().includes('w3ak-secret'))
      assert.equal(await statuses(gateway, '/main', bearer(hmacToken('me'))), '200')
      assert.equal(await admitted(gateway, '/same', 'a', 5), 0)
    })

    await load.stop()
    t.diagnostic(`${tally.sent} requests under way meanwhile, ${tally.lost.length} lost, ${tally.wrong.length} wrong`)
    assert.deepEqual([tally.lost, tally.wrong], [[], []])
    assert.ok(tally.right > 0)
  })
})

/** What is right whatever is configured: a token that stays good, a limit that stays far, nobody who stays out. */
const lasting = bearer(hmacToken('lasting'))
const alwaysRight = (n: number): Asked => {
  const [path, fields, status] = (
    [
      ['/other', [lasting], 200],
      ['/other', [], 401],
      ['/main', [bearer(`x.${n}.z`)], 401],
      ['/key', ['X-Api-Key: nobody'], 401],
      ['/same', [`X-Who: load-${n}`], 200],
    ] as const
  )[n % 5]!
  return {
    name: `${path} ${n}`,
    bytes: request(path, fields),
    judge: answer => (answer.status === status ? undefined : `${answer.status} instead of ${status}`),
  }
}

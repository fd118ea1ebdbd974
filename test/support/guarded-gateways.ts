import { type RedisServer, startRedis } from './redis.ts'
import { type RedisCommands, redisCommands } from './redis-commands.ts'
import { type Running, startRunning } from './running.ts'
import { HMAC_SECRET } from './tokens-jwt.ts'
import { until } from './until.ts'

/** Never to be seen in anything a gateway writes. */
export const REDIS_PASSWORD = 'redis-password-that-nobody-may-see'

export const PREFIX = 'g:'
export const STORE_TIMEOUT_MS = 100
export const LIMIT = 100
export const WORKERS = 2

export interface Gateways {
  readonly redis: RedisServer
  readonly all: readonly Running[]
  /** To look and to meddle; a new one after a restart. */
  commands(): Promise<RedisCommands>
  /** Ends one as an operator would, and starts it again. */
  restart(index: number): Promise<void>
  /** All know of each other: each tells so once a second. */
  acquainted(): Promise<void>
  stop(): Promise<void>
}

const limit = (more: string): string => `rateLimit: { limit: ${LIMIT}/1m, by: "header:x-who", ${more} }`

const configOf = (url: string): string => `
listeners: { web: { address: 127.0.0.1:0 } }
admin: 127.0.0.1:0
workers: ${WORKERS}
state: { redis: "${url}", prefix: "${PREFIX}", timeout: ${STORE_TIMEOUT_MS}ms }
accessLog: { format: json, to: stdout }
auth:
  main: { jwt: { secret: "${HMAC_SECRET}", algorithms: [HS256] } }
  keys: { apiKey: { header: x-api-key } }
routes:
  - { path: /fixed-window, respond: { text: ok }, ${limit('algorithm: fixed-window')} }
  - { path: /sliding-window, respond: { text: ok }, ${limit('algorithm: sliding-window')} }
  - { path: /gcra, respond: { text: ok }, ${limit('algorithm: gcra')} }
  - { path: /deny, respond: { text: ok }, ${limit('algorithm: fixed-window, onStoreFailure: deny')} }
  - { path: /local, respond: { text: ok }, ${limit('algorithm: fixed-window, onStoreFailure: local')} }
  - { path: /me, respond: { text: me }, auth: main }
  - { path: /key, respond: { text: key }, auth: keys }
  - { path: /readers, respond: { text: key }, auth: keys, access: { roles: [reader] } }
`

/** Gateways as processes of their own, with one Redis that asks for a password. */
export const startGateways = async (count: number): Promise<Gateways> => {
  const redis = await startRedis(['--requirepass', REDIS_PASSWORD])
  const url = `redis://:${REDIS_PASSWORD}@127.0.0.1:${redis.port}`
  const start = (): Promise<Running> => startRunning(configOf(url))
  const started: PromiseSettledResult<Running>[] = await Promise.allSettled(Array.from({ length: count }, start))
  const all = started.flatMap(each => (each.status === 'fulfilled' ? each.value : []))
  const failed = started.find(each => each.status === 'rejected')
  // A test that cannot start must not leave processes behind that keep it from ending.
  if (failed !== undefined) {
    for (const { child } of all) child.kill('SIGKILL')
    await redis.stop()
    throw failed.reason
  }
  const commands = (): Promise<RedisCommands> => redisCommands(url)
  return {
    redis,
    all,
    commands,
    restart: async index => {
      await all[index]!.stop()
      all[index] = await start()
    },
    acquainted: async () => {
      const client = await commands()
      await until(async () => Number(await client.run('ZCARD', `${PREFIX}instances`)) === count)
      client.close()
      await new Promise(resolve => setTimeout(resolve, 2500))
    },
    stop: async () => {
      await Promise.all(all.map(gateway => gateway.stop()))
      await redis.stop()
    },
  }
}

/** What an operator sends to the admin listener. */
export const revocation = async (gateway: Running, order: object, method = 'POST'): Promise<number> => {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/v1/revocations`, {
    method,
    headers: { 'content-type': 'application/json', 'sallyport-admin': '1' },
    body: JSON.stringify(order),
  })
  await response.text()
  return response.status
}

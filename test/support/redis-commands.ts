import { loadRedisDriver } from '../../src/store/redis/redis-driver.ts'

export interface RedisCommands {
  run(...args: readonly string[]): Promise<unknown>
  close(): void
}

/** A connection for the test itself, to look and to meddle. */
export const redisCommands = async (url: string): Promise<RedisCommands> => {
  const client = (await loadRedisDriver())({ url, connectMs: 5_000 })
  client.onLost(() => {})
  await client.connect()
  return { run: (...args) => client.send(args), close: () => client.destroy() }
}

import { INSTANCE_HORIZON_MS } from './redis-instances.ts'
import { HEARTBEAT_SCRIPT } from './redis-main-scripts.ts'
import type { RedisSession } from './redis-session.ts'

export interface RedisHeartbeatOptions {
  readonly commands: Pick<RedisSession, 'ask'>
  readonly prefix: string
  /** Of this process, for its life. */
  readonly id: string
  readonly counted: (reply: unknown) => void
}

export const instancesKey = (prefix: string): string => `${prefix}instances`

/** Says that this gateway is there, and hears how many are. */
export const redisHeartbeat = ({ commands, prefix, id, counted }: RedisHeartbeatOptions): (() => void) => {
  const args = ['EVAL', HEARTBEAT_SCRIPT, '1', instancesKey(prefix), id, String(INSTANCE_HORIZON_MS)]
  return () => void commands.ask(args).then(counted, () => {})
}

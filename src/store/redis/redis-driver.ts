/** What this folder needs of a Redis client, so that tests can play one. One connection, one life: it never reconnects. */
export interface RedisClient {
  /** Rejects when the server cannot be reached or refuses the credentials. */
  connect(): Promise<unknown>
  /** All commands of one turn of the event loop leave in one write. Rejects with what the server says, or its end. */
  send(args: readonly string[]): Promise<unknown>
  subscribe(channel: string, onMessage: (text: string) => void): Promise<unknown>
  /** Ends it at once; what was sent rejects. Safe to call more than once. */
  destroy(): void
  /** Told at least once when the connection is lost; called before `connect`. */
  onLost(listener: (error: unknown) => void): void
}

export interface RedisAddress {
  /** `redis://` or `rediss://` with its credentials: never shown. */
  readonly url: string
  /** Longest wait for the connection itself. */
  readonly connectMs: number
}

export type RedisDriver = (address: RedisAddress) => RedisClient

export const REDIS_MISSING = 'state.redis needs the package "@redis/client": npm install @redis/client@6.3.1'

type Package = typeof import('@redis/client')

/** An optional package, so it is loaded only where the configuration asks for Redis. Rejects with `REDIS_MISSING`. */
export const loadRedisDriver = async (
  load: () => Promise<Package> = () => import('@redis/client'),
): Promise<RedisDriver> => {
  const { createClient } = await load().catch(missing)
  return address => adapt(make(() => createClient(settings(address))))
}

export const REDIS_URL = 'state.redis needs a URL like redis://host:6379 or rediss://user:password@host:6379/0'

/** The client's own error holds the URL, and with it the password. */
const make = <T>(create: () => T): T => {
  try {
    return create()
  } catch {
    throw new Error(REDIS_URL)
  }
}

const missing = (error: unknown): never => {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  throw code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' ? new Error(REDIS_MISSING) : error
}

const settings = ({ url, connectMs }: RedisAddress) =>
  ({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    // Its default is an `AbortSignal.timeout` per command; deadlines are ours (redis-session.ts).
    commandOptions: { timeout: 0 },
    socket: { reconnectStrategy: false, connectTimeout: connectMs },
  }) as const

type PackageClient = ReturnType<Package['createClient']>
type Adaptable = Pick<PackageClient, 'connect' | 'sendCommand' | 'destroy'> & {
  on(event: 'error' | 'ready' | 'end', listener: (error: unknown) => void): unknown
  subscribe(channel: string, listener: (text: string) => void): Promise<unknown>
}

const adapt = (client: Adaptable): RedisClient => {
  let destroyed = false
  // Without a listener an error would end the process.
  client.on('error', () => {})
  // Destroying does not stop a connection that is just being made; without this it would stay open for ever.
  client.on('ready', () => {
    if (destroyed) client.destroy()
  })
  return {
    connect: () => client.connect(),
    send: args => client.sendCommand([...args]),
    subscribe: (channel, onMessage) => client.subscribe(channel, onMessage),
    destroy() {
      destroyed = true
      client.destroy()
    },
    onLost(listener) {
      client.on('error', listener)
      client.on('end', listener)
    },
  }
}

import type { FrozenConfig } from '../spec/define.ts'

/** What `createGateway` is given besides the configuration. */
export interface GatewayOptions {
  /** What relative paths in the configuration, and the path to it, are relative to. The working directory unless given. */
  readonly cwd?: string
  /** What `${env:NAME}` reads. `process.env` unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Gets what the gateway has to say about itself. Unless given, warnings and errors go to standard error, as JSON. */
  readonly log?: GatewayLog
  /** Longest answer that `inject` keeps, in bytes; one that is longer rejects. 16 MiB unless given. */
  readonly maxAnswerBytes?: number
}

/** One line each; fields hold no secrets. Called at any time; what they throw is dropped. */
export interface GatewayLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** What `defineConfig` returns, an object of the same shape, or the path to a file that `sallyport run` takes. */
export type ConfigSource = FrozenConfig | string

/** A gateway that serves on the thread it was made in. Whoever made it calls `stop`. */
export interface Gateway {
  /**
   * Binds the listeners, and the admin listener where there is one. Resolves to what was bound once requests are served;
   * again to the same when it was started before. Rejects with one sentence when an address cannot be had; then nothing
   * is left open, and it may be tried again.
   */
  start(): Promise<Addresses>
  /**
   * Takes over another configuration: all of it or nothing. Requests under way end as they began; no connection is
   * closed. Rejects with a `ConfigError`, or an Error of one sentence, and what was served is served on. Resolves to notes
   * about what only another gateway can change (`admin`, `state`), one sentence each.
   */
  reload(config: ConfigSource): Promise<readonly string[]>
  /**
   * Ends everything that was started, sockets, timers and connections included, and resolves when it is over. For good:
   * afterwards all other calls reject. Safe to call more than once.
   */
  stop(options?: StopOptions): Promise<void>
  /**
   * Runs one request through the gateway as though a client had sent it, without a socket on the client's side. Services
   * are asked over the network. Needs no `start`. The gateway's own errors are answers like any other; it rejects only
   * where a client would have had no whole answer, and with a TypeError for what cannot be a request.
   */
  inject(request: InjectRequest | string): Promise<InjectAnswer>
  /** What is bound now. */
  addresses(): Addresses
  /** All metrics in the text format of Prometheus; empty before the first `start` or `inject`. */
  metrics(): string
}

export interface StopOptions {
  /**
   * `true`, the default: as SIGTERM ends `sallyport run`, with `drainDelay` and `drain` of the configuration. A number:
   * requests under way get so many milliseconds. `false`: they are cut off.
   */
  readonly drain?: boolean | number
}

export interface Addresses {
  /** Of the first listener, e.g. `http://127.0.0.1:8080`; empty when none is open. */
  readonly url: string
  /** In the order of the configuration. */
  readonly listeners: readonly Address[]
  readonly admin?: Address
}

export interface Address {
  /** As the configuration calls it; `admin` for that listener. */
  readonly name: string
  readonly host: string
  /** The one that was bound, where the configuration says 0. */
  readonly port: number
  readonly url: string
}

/** A text in its place is a path to GET. */
export interface InjectRequest {
  /** GET unless given. */
  readonly method?: string
  /** `/path?query`, percent-encoded; or with host, `https://api.example.com/path`. One of `url` and `path`. */
  readonly url?: string
  /** The same as `url`. */
  readonly path?: string
  /**
   * An object, `Headers`, or pairs. `host` is that of `url`, or `localhost`, unless given. How the body is framed is not
   * theirs to say.
   */
  readonly headers?:
    | Readonly<Record<string, string | number | readonly string[] | undefined>>
    | Iterable<readonly [name: string, value: string]>
  /** A text is sent as UTF-8. */
  readonly body?: string | Uint8Array
  /** In place of `body`: sent as JSON, with `content-type: application/json` unless the headers say another. */
  readonly json?: unknown
  /** The IP address that the connection comes from; 127.0.0.1 unless given. */
  readonly clientAddress?: string
  /** Aborting it is the client leaving: services are given up at once, and `inject` rejects with an `AbortError`. */
  readonly signal?: AbortSignal
}

export interface InjectAnswer {
  readonly status: number
  /** Names in lower case; repeated fields are joined with a comma, but for `set-cookie`, which is a list. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
  /** The body as UTF-8. */
  text(): string
  /** The body parsed; throws a SyntaxError where it is no JSON. Typed by whoever asks. */
  json<T = unknown>(): T
}

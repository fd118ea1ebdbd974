/** What a target does with requests from now on; those it already has stay as they are. */
export type Mood =
  | { readonly kind: 'well' /** ms until it answers. */; readonly after: number }
  /** Answers `status` to this share of the requests, by chance from a seed; the rest gets 200. */
  | { readonly kind: 'failing'; readonly share: number; readonly status: number; readonly after: number }
  /** Takes requests and says nothing. */
  | { readonly kind: 'hanging' }
  /** Begins an answer and goes no further. */
  | { readonly kind: 'stalling' }
  /** Accepts connections and resets them, and those it has with their next request. */
  | { readonly kind: 'resetting' }

export interface Arrival {
  /** ms of `performance.now()`. */
  readonly at: number
  readonly path: string
}

/** A target whose mood, life and health a scenario decides. It says who it is in the bodies of its answers. */
export interface FleetUpstream {
  readonly name: string
  readonly port: number
  readonly url: string
  /** Requests in order of arrival, but for those to `/healthz`. */
  readonly arrivals: readonly Arrival[]
  /** Requests that it has and has not answered. */
  busy(): number
  /** The most there ever were. */
  busiest(): number
  /** Whether `/healthz` is answered with 200 or 503, while it is well or failing; a hanging one answers nothing. */
  healthy: boolean
  become(mood: Mood): void
  /** Closes its port; connections that are open stay. */
  refuse(): void
  /** As a process that dies: the port is closed and all connections are reset. */
  kill(): void
  /** Listens again, at the same port. */
  revive(): Promise<void>
}

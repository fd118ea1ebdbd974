import type { BodyRoom, HeldBodies } from '../compose/body-room.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { AccessSink, Provisions } from '../core/serving.ts'
import type { SpanSink } from '../core/trace.ts'
import type { DropField } from '../http1/serialize.ts'
import type { Way } from '../policies/way.ts'
import type { TargetWorld } from '../upstream/roles.ts'
import type { TargetState } from '../upstream/target.ts'
import type { Keep } from './keep.ts'

/** What a Plan is compiled with: the worker's ports and the State that outlives it. */
export interface World extends TargetWorld, Provisions {
  readonly clock: Clock
  readonly log: Log
  readonly accessLog: AccessSink | null
  readonly spans: SpanSink
  /** Bodies that this worker holds. */
  readonly bodies: HeldBodies
  readonly targets: Keep<TargetState>
  /** Ways of authentication with the credentials they have seen. */
  readonly ways: Keep<Way>
  /** Milliseconds, monotonic, moving on within a turn too. */
  truly(): number
  /** Calls again and again every `ms`; returns what ends it. */
  every(ms: number, callback: () => void): () => void
}

/** What origins are made with. */
export type OriginWorld = World & {
  /** Fields that only the gateway may send. */
  readonly dropField: DropField
  /** For bodies that answers are made of. */
  readonly room: BodyRoom
  /** There is an access log. */
  readonly isLogged: boolean
}

import type { Fault } from '../base/errors.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Reply } from '../core/reply.ts'
import type { BodyReader } from '../http1/body-reader.ts'
import type { DropField } from '../http1/serialize.ts'
import type { EndpointSpec, ServiceSpec } from '../spec/spec.ts'
import type { TargetMeter, UpstreamWorld } from './options.ts'
import type { Resolver } from './resolve.ts'

/** What attempts, connections and targets know of each other. */

/** A connection as an attempt sees it. */
export interface Carrier {
  /** It has carried an exchange before: it may be dead without our knowing. */
  readonly reused: boolean
  /** A byte of the current answer has come. */
  readonly answered: boolean
  /** Gives up whatever is going on, at once. */
  destroy(): void
}

/** A connection as its target sees it. */
export interface Pooled extends Carrier {
  /** Whether it may carry another exchange right now. */
  readonly isUsable: boolean
  /** Sends the attempt's request; its answer comes back to the attempt. */
  begin(attempt: Passenger): void
}

/** Opens a connection to a target, which has counted it, for its first attempt. */
export type Connect = (home: Home<Pooled>, attempt: Passenger) => Pooled

/** What targets are made with. */
export interface TargetWorld extends UpstreamWorld {
  /** What they are reached by; sockets unless given. */
  readonly connect?: Connect
}

/** An attempt as its connection sees it. Exactly one of the last three is its end. */
export interface Passenger {
  readonly x: Exchange
  /** The whole request head. */
  readonly head: string
  /** Fields that the client must not send, in trailers either. */
  readonly dropField: DropField
  connection: Carrier | null
  /** The whole request is on its way. */
  sent(): void
  succeed(reply: Reply): void
  /** No connection came about. */
  connectFailed(code: string): void
  /** The connection broke before the answer, or in the middle of it. */
  connectionLost(connection: Carrier, what: string): void
  /** `sent` false: it provably never reached the target. */
  fail(why: Fault, sent?: boolean): void
  over(): void
}

/** Who takes the bytes that come from a target. */
export interface Incoming {
  /** There is a body, or a direction of a tunnel, and not all of it is handed on. */
  readonly isReading: boolean
  /** All of it is here; it may still be on its way to whoever reads it. */
  readonly isComplete: boolean
  /** Somebody may still be reading the connection's slab: it must not be given to anybody else. */
  readonly slabLent: boolean
  onData(buf: Buffer, start: number, end: number): void
  /** The target sent FIN. False: in the middle of something. */
  onEnd(): boolean
  /** What is being read, which is the caller's to break off; null: nothing is. */
  detach(): BodyReader | null
}

export interface TargetOptions {
  readonly endpoint: EndpointSpec
  readonly timeouts: ServiceSpec['timeouts']
  readonly connections: ServiceSpec['connections']
}

/** A target as its connections see it; `C` is the connection. */
export interface Home<C> {
  readonly options: TargetOptions
  readonly world: UpstreamWorld
  readonly meter: TargetMeter
  readonly resolver: Resolver
  /** Takes back a connection without an exchange. */
  put(connection: C): void
  /** The connection is gone; what it brought may still be read. */
  disconnected(): void
  /** It is gone, and its last exchange has ended. */
  forget(connection: C): void
}

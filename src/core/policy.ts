import type { Exchange } from './exchange.ts'
import type { Maybe } from './maybe.ts'
import type { Reply } from './reply.ts'

/** One upstream call, whatever it is made of. It never throws for an upstream's failure: that is a Reply with a fault. */
export type Call = (x: Exchange) => Maybe<Reply>

/**
 * The one door through which features and plugins take part in a request (DESIGN §2). Every part is optional; a part
 * that is absent costs nothing.
 */
export interface Policy {
  readonly name: string
  /** Faces the client. Nothing: go on; a Reply: the client gets it. */
  gate?(x: Exchange): Maybe<Reply | undefined>
  /** Faces the upstream. Composed once, at load; may call `next` any number of times. */
  wrap?(next: Call): Call
  /** Edits the response head, the gateway's own errors included. Synchronous, before the first byte. */
  shape?(x: Exchange, reply: Reply): void
  /** Exactly once, when all is over. Must not throw. */
  tap?(x: Exchange, reply: Reply): void
}

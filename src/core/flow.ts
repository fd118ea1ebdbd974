import { Fault } from '../base/errors.ts'
import type { Exchange } from './exchange.ts'
import { Later, type Maybe, type Receiver } from './maybe.ts'
import type { Call } from './policy.ts'
import { faultReply, Reply } from './reply.ts'

export type Gate = (x: Exchange) => Maybe<Reply | undefined>
export type Shape = (x: Exchange, reply: Reply) => void
export type Tap = (x: Exchange, reply: Reply) => void

/** What a route is at request time: flat lists, frozen at load. A part that is off is an empty list. */
export interface Chain {
  readonly gates: readonly Gate[]
  readonly call: Call
  readonly shapes: readonly Shape[]
  readonly taps: readonly Tap[]
}

/** Who wants the answer: a client's connection, or an injected request. */
export interface Responder {
  send(x: Exchange, reply: Reply): void
}

/**
 * One walk of an Exchange through its Chain: gates in order, the call, the shapes, then the responder. Plain function
 * calls until something really waits. Whatever throws becomes a 500 of this request alone.
 */
export class Flow implements Receiver<Reply> {
  private readonly x: Exchange
  private readonly chain: Chain
  private readonly responder: Responder
  private readonly onThrow: (error: unknown) => void
  private sent = false

  constructor(x: Exchange, chain: Chain, responder: Responder, onThrow: (error: unknown) => void) {
    this.x = x
    this.chain = chain
    this.responder = responder
    this.onThrow = onThrow
  }

  start(): void {
    this.gate(0)
  }

  private gate(from: number): void {
    const { gates } = this.chain
    try {
      for (let i = from; i < gates.length; i++) {
        const answer = gates[i]!(this.x)
        if (answer === undefined) continue
        if (answer instanceof Reply) return this.onValue(answer)
        return this.waitForGate(answer, i + 1)
      }
      const reply = this.chain.call(this.x)
      if (reply instanceof Reply) this.onValue(reply)
      else if (reply instanceof Later) reply.wait(this)
      else
        reply.then(
          value => this.onValue(value),
          error => this.onError(error),
        )
    } catch (error) {
      this.onError(error)
    }
  }

  private waitForGate(answer: PromiseLike<Reply | undefined>, next: number): void {
    answer.then(
      reply => {
        if (reply !== undefined) this.onValue(reply)
        else if (this.x.cancelled !== null) this.onValue(faultReply(this.x.cancelled))
        else this.gate(next)
      },
      error => this.onError(error),
    )
  }

  onValue(reply: Reply): void {
    if (this.sent) return reply.cancel()
    this.sent = true
    this.responder.send(this.x, this.shaped(reply))
  }

  /** A shape that throws turns the reply into a 500, on which the others still run: it has a body and CORS headers. */
  private shaped(reply: Reply): Reply {
    const { shapes } = this.chain
    try {
      for (const shape of shapes) shape(this.x, reply)
      return reply
    } catch (error) {
      reply.cancel()
      this.onThrow(error)
    }
    const failure = faultReply(new Fault('INTERNAL'))
    for (const shape of shapes) {
      try {
        shape(this.x, failure)
      } catch {
        // It was reported above, or fails for the same reason.
      }
    }
    return failure
  }

  onError(error: unknown): void {
    if (error instanceof Fault) return this.onValue(faultReply(error))
    this.onThrow(error)
    this.onValue(faultReply(new Fault('INTERNAL')))
  }
}

/** Runs every tap; one that throws does not keep the others from running. */
export const runTaps = (taps: readonly Tap[], x: Exchange, reply: Reply, onThrow: (error: unknown) => void): void => {
  for (const tap of taps) {
    try {
      tap(x, reply)
    } catch (error) {
      onThrow(error)
    }
  }
}

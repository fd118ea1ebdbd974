import { Fault } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import type { Exchange } from '../../core/exchange.ts'
import { handOn } from '../../core/hand-on.ts'
import type { Receiver } from '../../core/maybe.ts'
import type { Call } from '../../core/policy.ts'
import { faultReply, LaterReply, type Reply } from '../../core/reply.ts'
import { Allowance } from '../allowance.ts'
import { AnswerBody, type BodyTaker } from '../answer-body.ts'
import { mayBeUtf8 } from '../answer-head.ts'
import { AnswerText } from '../answer-text.ts'
import { type BodyRoom, NO_ROOM } from '../body-room.ts'
import type { MissingReason } from '../branch.ts'
import type { Edit } from '../json/edit.ts'
import { isJsonType } from './json-type.ts'

/** They say something of the bytes that were, not of those that are; the length is written with the body. */
const OF_THE_BYTES = ['content-encoding', 'content-md5', 'digest', 'content-digest', 'repr-digest', 'etag']

const OTHER = 'is not JSON, of which alone fields can be edited'

export interface FieldsCallOptions {
  readonly edit: Edit
  readonly mostBytes: number
  readonly room: BodyRoom
  /** Whether good answers that are not JSON go to the client as they are, rather than be a 502. */
  readonly passOthers: boolean
}

/** One request of which the answer's fields are edited. */
export class FieldsCall extends LaterReply implements Receiver<Reply>, BodyTaker {
  private readonly x: Exchange
  private readonly options: FieldsCallOptions
  private reply: Reply | null = null

  constructor(x: Exchange, options: FieldsCallOptions) {
    super()
    this.x = x
    this.options = options
  }

  start(next: Call): this {
    handOn(next(this.x), this)
    return this
  }

  onValue(reply: Reply): void {
    if (reply.fault !== null || !isGood(reply.status) || this.showsNothing(reply)) return this.resolve(reply)
    const type = reply.header('content-type')
    if (type === undefined ? this.options.passOthers : !isJsonType(type)) return this.other(reply)
    // A client may ask for another charset, which must not show it what is left out.
    if (!mayBeUtf8(type)) {
      reply.cancel()
      return this.unfit('is JSON in another charset than UTF-8')
    }
    // Only its head is wanted, which cannot say how long the body would be.
    if (reply.body === null) {
      describeAnew(reply).edit.remove('content-length')
      return this.resolve(reply)
    }
    const { mostBytes, room } = this.options
    const holding = room.holdingOf(this.x)
    if (holding === null) {
      reply.cancel(NO_ROOM)
      return this.resolve(faultReply(NO_ROOM))
    }
    this.reply = reply.keep()
    new AnswerBody(mostBytes, new Allowance(mostBytes, holding), this).read(reply)
  }

  onError(error: unknown): void {
    this.reject(error)
  }

  hasBytes(bytes: Buffer): void {
    const reply = this.reply!
    const isTyped = reply.header('content-type') !== undefined
    if (bytes.length === 0 && !isTyped) return this.resolve(withBody(reply, null))
    const text = new AnswerText(bytes)
    if (text.text === null) return this.unfit(isTyped ? 'is no JSON' : OTHER)
    const edited: Json | undefined = this.options.edit(text.json())
    if (edited === undefined) return this.unfit('does not have the member that is wanted')
    if (!isTyped) reply.edit.set('content-type', 'application/json')
    this.resolve(withBody(describeAnew(reply), Buffer.from(JSON.stringify(edited))))
  }

  hasNone(reason: MissingReason, fault: Fault | null): void {
    if (fault !== null) return this.resolve(faultReply(fault))
    this.unfit(reason === 'oversize' ? 'is too large to be edited' : 'cannot be unpacked')
  }

  threw(error: unknown): void {
    this.reject(error)
  }

  /** Nothing that could be edited, and nothing to see: neither a body nor, of one that HEAD asks for, what it is. */
  private showsNothing({ body, status }: Reply): boolean {
    return status === 204 || (body === null && this.x.method !== 'HEAD')
  }

  /** What the configuration says itself is known to whoever wrote `fields`. */
  private other(reply: Reply): void {
    const isOurs = reply.body !== null && !('pipe' in reply.body)
    if (this.options.passOthers || isOurs) return this.resolve(reply)
    reply.cancel()
    this.unfit(OTHER)
  }

  private unfit(what: string): void {
    this.resolve(faultReply(new Fault('UPSTREAM_PROTOCOL', `the answer of the service ${what}`)))
  }
}

const describeAnew = (reply: Reply): Reply => {
  for (const name of OF_THE_BYTES) reply.edit.remove(name)
  reply.edit.set('accept-ranges', 'none')
  return reply
}

const withBody = (reply: Reply, body: Buffer | null): Reply => {
  reply.body = body
  return reply
}

const isGood = (status: number): boolean => status >= 200 && status <= 299

import { Fault } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import type { Exchange } from '../../core/exchange.ts'
import { handOn } from '../../core/hand-on.ts'
import type { Receiver } from '../../core/maybe.ts'
import type { Call } from '../../core/policy.ts'
import { faultReply, LaterReply, type Reply } from '../../core/reply.ts'
import { type Allowance, AnswerBody, type BodyTaker } from '../answer-body.ts'
import { mayBeUtf8 } from '../answer-head.ts'
import { AnswerText } from '../answer-text.ts'
import type { MissingReason } from '../branch.ts'
import type { Edit } from '../json/edit.ts'

/** They say something of the bytes that were, not of those that are; the length is written with the body. */
const OF_THE_BYTES = ['content-encoding', 'content-md5', 'digest', 'content-digest', 'repr-digest', 'etag']
/** As browsers tell (mimesniff.spec.whatwg.org, "JSON MIME type"): services that have it give `text/json` to whoever asks for that. */
const JSON_TYPE = /^(?:(?:application|text)\/json|[^/;\s]+\/[^;\s]+\+json)\s*(?:;|$)/i

/** One request of which the answer's fields are edited. */
export class FieldsCall extends LaterReply implements Receiver<Reply>, BodyTaker {
  private readonly x: Exchange
  private readonly edit: Edit
  private readonly mostBytes: number
  private reply: Reply | null = null

  constructor(x: Exchange, edit: Edit, mostBytes: number) {
    super()
    this.x = x
    this.edit = edit
    this.mostBytes = mostBytes
  }

  start(next: Call): this {
    handOn(next(this.x), this)
    return this
  }

  onValue(reply: Reply): void {
    if (!isJson(reply)) return this.resolve(reply)
    // A client may ask for another charset, which must not show it what is left out.
    if (!mayBeUtf8(reply.header('content-type'))) {
      reply.cancel()
      return this.unfit('is JSON in another charset than UTF-8')
    }
    // Only its head is wanted, which cannot say how long the body would be.
    if (reply.body === null) {
      describeAnew(reply).edit.remove('content-length')
      return this.resolve(reply)
    }
    this.reply = reply.keep()
    const allowance: Allowance = { bytesLeft: this.mostBytes }
    new AnswerBody(this.mostBytes, allowance, this).read(reply)
  }

  onError(error: unknown): void {
    this.reject(error)
  }

  hasBytes(bytes: Buffer): void {
    const text = new AnswerText(bytes)
    if (text.text === null) return this.unfit('is no JSON')
    const edited: Json | undefined = this.edit(text.json())
    if (edited === undefined) return this.unfit('does not have the member that is wanted')
    const reply = describeAnew(this.reply!)
    reply.body = Buffer.from(JSON.stringify(edited))
    this.resolve(reply)
  }

  hasNone(reason: MissingReason, fault: Fault | null): void {
    if (fault !== null) return this.resolve(faultReply(fault))
    this.unfit(reason === 'oversize' ? 'is too large to be edited' : 'cannot be unpacked')
  }

  threw(error: unknown): void {
    this.reject(error)
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

const isJson = (reply: Reply): boolean => {
  if (reply.fault !== null || reply.status < 200 || reply.status > 299 || reply.status === 204) return false
  const type = reply.header('content-type')
  return type !== undefined && JSON_TYPE.test(type)
}

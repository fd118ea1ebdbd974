import type { Source } from '../base/body.ts'
import { type Collected, type Collecting, collect } from '../base/collect.ts'
import { Fault } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import type { Exchange } from '../core/exchange.ts'
import { parseJson } from './json/parse.ts'
import { checkJson } from './json/validate.ts'

/** Who waits for the JSON of a request; one of these is called, once. */
export interface BodyReceiver {
  /** Undefined: the body is empty. */
  hasBody(body: Json | undefined): void
  hasNone(why: Fault): void
}

/** `receiver` may be called before this returns. */
export const readBody = (x: Exchange, body: Source, most: number, receiver: BodyReceiver): Collecting => {
  const encoding = x.headers.get('content-encoding')
  const reader = new BodyReader(most, receiver, encoding === undefined || encoding.toLowerCase() === 'identity')
  return collect(body, most, reader)
}

class BodyReader implements Collected {
  private readonly most: number
  private readonly receiver: BodyReceiver
  private readonly isPlain: boolean

  constructor(most: number, receiver: BodyReceiver, isPlain: boolean) {
    this.most = most
    this.receiver = receiver
    this.isPlain = isPlain
  }

  whole(bytes: Buffer): void {
    if (bytes.length === 0) return this.receiver.hasBody(undefined)
    const checked = this.isPlain ? checkJson(bytes, this.most) : 'encoding'
    if (typeof checked === 'string') return this.receiver.hasNone(FLAWED)
    this.receiver.hasBody(parseJson(checked))
  }

  tooLarge(rest: Source): void {
    rest.cancel(TOO_LARGE)
    this.receiver.hasNone(TOO_LARGE)
  }

  broken(why: Fault): void {
    this.receiver.hasNone(why)
  }
}

const FLAWED = new Fault('BAD_REQUEST', 'the body is not JSON in UTF-8, or goes too deep')
const TOO_LARGE = new Fault('BODY_TOO_LARGE', 'the body is larger than may be read here')

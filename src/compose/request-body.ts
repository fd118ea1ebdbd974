import type { Source } from '../base/body.ts'
import { type Budget, type Collected, type Collecting, collect } from '../base/collect.ts'
import { Fault } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Allowance } from './allowance.ts'
import { parseJson } from './json/parse.ts'
import { checkJson } from './json/validate.ts'

const FLAWED = new Fault('BAD_REQUEST', 'the body is not JSON in UTF-8, or goes too deep')
const TOO_LARGE = new Fault('BODY_TOO_LARGE', 'the body is larger than may be read here')

/** Who waits for the JSON of a request; one of these is called, once. */
export interface BodyReceiver {
  /** Undefined: the body is empty. */
  hasBody(body: Json | undefined): void
  hasNone(why: Fault): void
}

/** `receiver` may be called before this returns. */
export const readBody = (x: Exchange, body: Source, allowance: Allowance, receiver: BodyReceiver): Collecting => {
  const encoding = x.headers.get('content-encoding')
  const reader = new BodyReader(allowance, receiver, encoding === undefined || encoding.toLowerCase() === 'identity')
  return collect(body, allowance.bytesLeft, reader, reader)
}

class BodyReader implements Collected, Budget {
  private readonly allowance: Allowance
  private refusal: Fault = TOO_LARGE
  private readonly receiver: BodyReceiver
  private readonly isPlain: boolean

  constructor(allowance: Allowance, receiver: BodyReceiver, isPlain: boolean) {
    this.allowance = allowance
    this.receiver = receiver
    this.isPlain = isPlain
  }

  take(bytes: number): boolean {
    const refusal = this.allowance.take(bytes)
    if (refusal !== null) this.refusal = refusal ?? TOO_LARGE
    return refusal === null
  }

  whole(bytes: Buffer): void {
    if (bytes.length === 0) return this.receiver.hasBody(undefined)
    const checked = this.isPlain ? checkJson(bytes, bytes.length) : 'encoding'
    if (typeof checked === 'string') return this.receiver.hasNone(FLAWED)
    this.receiver.hasBody(parseJson(checked))
  }

  tooLarge(rest: Source): void {
    rest.cancel(this.refusal)
    this.receiver.hasNone(this.refusal)
  }

  broken(why: Fault): void {
    this.receiver.hasNone(why)
  }
}

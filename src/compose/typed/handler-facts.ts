import type { Json } from '../../base/json.ts'
import { RequestFacts } from '../../core/code/request-facts.ts'
import type { Unchecked } from '../../core/code/unchecked.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { DropField } from '../../http1/serialize.ts'
import type { HandlerRequest } from './handler.ts'
import { plainData } from './plain-data.ts'

/** `HandlerRequest`, made of what is asked for. */
export class HandlerFacts extends RequestFacts implements HandlerRequest {
  private readonly sent: Json | undefined
  private plain: Unchecked | undefined = undefined

  constructor(x: Exchange, dropField: DropField, body: Json | undefined) {
    super(x, dropField)
    this.sent = body
  }

  get body(): Unchecked | undefined {
    const { sent } = this
    if (sent === undefined) return undefined
    this.plain ??= plainData({ text: null, json: () => sent })
    return this.plain
  }
}

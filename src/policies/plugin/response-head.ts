import { fieldName, fieldValue } from '../../core/code/field.ts'
import type { Reply } from '../../core/reply.ts'
import { HOP_BY_HOP } from '../../http1/serialize.ts'
import type { PluginResponse } from './plugin.ts'

/** What whoever writes the head decides: how the body is framed, and what tells this answer from others. */
const GATEWAYS: ReadonlySet<string> = new Set([...HOP_BY_HOP, 'content-length', 'trailer', 'date', 'x-request-id'])

/** `PluginResponse` of one answer. Whoever keeps it longer than its `shape` can change nothing. */
export class ResponseHead implements PluginResponse {
  private reply: Reply | null

  constructor(reply: Reply) {
    this.reply = reply
  }

  get status(): number {
    return this.reply?.status ?? 0
  }

  get code(): string {
    return this.reply?.fault?.code ?? ''
  }

  /** Bound, as the others are: whoever takes the response apart calls them alone. Made when they are asked for. */
  get header(): (name: string) => string | undefined {
    return name => this.reply?.header(name.toLowerCase())
  }

  get setHeader(): (name: string, value: string) => void {
    return (name, value) => {
      const [reply, lower] = this.checked(name)
      reply.edit.set(lower, fieldValue(lower, value))
    }
  }

  get appendHeader(): (name: string, value: string) => void {
    return (name, value) => {
      const [reply, lower] = this.checked(name)
      reply.edit.append(lower, fieldValue(lower, value))
    }
  }

  get removeHeader(): (name: string) => void {
    return name => {
      const [reply, lower] = this.checked(name)
      reply.edit.remove(lower)
    }
  }

  close(): void {
    this.reply = null
  }

  private checked(name: string): [Reply, string] {
    if (this.reply === null) throw new TypeError('the answer is on its way: its head is edited within "shape"')
    const lower = fieldName(name)
    if (GATEWAYS.has(lower)) throw new TypeError(`header "${lower}" is set by the gateway`)
    return [this.reply, lower]
  }
}

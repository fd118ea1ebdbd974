import { HeaderEdits, headersOf } from '../../base/headers.ts'
import { fieldName, fieldValue } from '../../core/code/field.ts'
import { RequestFacts } from '../../core/code/request-facts.ts'
import type { Exchange, PluginNotes } from '../../core/exchange.ts'
import { type DropField, isGatewaysOwn } from '../../http1/serialize.ts'
import type { GateRequest } from './plugin.ts'

/** What plugins are refused of the head that goes upstream. */
export interface Refused {
  /** Fields that only the gateway may send, in any spelling. */
  readonly dropField: DropField
  /** Besides, lower case. */
  readonly names: ReadonlySet<string>
}

/** `GateRequest`, made of what is asked for; one for all plugins of a request. */
export class RequestNotes extends RequestFacts implements GateRequest, PluginNotes {
  readonly kind = 'plugins'
  /** A gate is under way. */
  open = false
  private readonly refused: Refused
  private kept: Map<unknown, unknown> | null = null
  private failed: Set<object> | null = null

  constructor(x: Exchange, refused: Refused) {
    super(x, refused.dropField)
    this.refused = refused
  }

  get host(): string {
    return this.x.host
  }

  get scheme(): 'http' | 'https' {
    return this.x.scheme
  }

  get clientAddress(): string {
    return this.x.clientAddress
  }

  get route(): string {
    return this.x.route
  }

  get store(): Map<unknown, unknown> {
    this.kept ??= new Map()
    return this.kept
  }

  /** Bound, as the others are: whoever takes the request apart calls them alone. Made when they are asked for. */
  get headers(): () => [name: string, value: string][] {
    return () => (this.closed ? [] : this.list())
  }

  get setHeader(): (name: string, value: string) => void {
    return (name, value) => {
      const lower = this.checked(name)
      this.edits.set(lower, fieldValue(lower, value))
    }
  }

  get removeHeader(): (name: string) => void {
    return name => void this.edits.remove(this.checked(name))
  }

  /** Asked for a second answer, since its shape failed on the first: it would fail again. */
  hasFailed(plugin: object): boolean {
    return this.failed?.has(plugin) === true
  }

  fail(plugin: object): void {
    this.failed ??= new Set()
    this.failed.add(plugin)
  }

  private list(): [name: string, value: string][] {
    const { headers, requestEdits } = this.x
    const found: [string, string][] = []
    for (let i = 0; i < headers.count; i++) {
      const edited = requestEdits?.removesField(headers, i)
      if (!edited && !this.dropField(headers, i)) found.push([headers.nameAt(i).toLowerCase(), headers.valueAt(i)])
    }
    return requestEdits === null ? found : [...found, ...requestEdits.added]
  }

  private get edits(): HeaderEdits {
    this.x.requestEdits ??= new HeaderEdits()
    return this.x.requestEdits
  }

  private checked(name: string): string {
    if (!this.open) throw new TypeError('headers are set within a gate, before it answers')
    const lower = fieldName(name)
    const { names, dropField } = this.refused
    if (isGatewaysOwn(lower) || names.has(lower) || dropField(headersOf([[lower, '']]), 0))
      throw new TypeError(`header "${lower}" is set by the gateway`)
    return lower
  }
}

/** Those of a request, made by the first plugin that wants them. */
export const notesOf = (x: Exchange, refused: Refused): RequestNotes => {
  const known = x.pluginNotes
  if (known instanceof RequestNotes) return known
  const notes = new RequestNotes(x, refused)
  x.pluginNotes = notes
  return notes
}

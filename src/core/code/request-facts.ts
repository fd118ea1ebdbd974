import { headersOf } from '../../base/headers.ts'
import type { DropField } from '../../http1/serialize.ts'
import { clientHeader } from '../client-header.ts'
import type { Exchange } from '../exchange.ts'
import type { AggregateRequest } from './aggregate-request.ts'

const NO_CLAIMS: Readonly<Record<string, unknown>> = Object.freeze({})

/** `AggregateRequest`, made of what is asked for. Whoever keeps it longer than its request finds no header of another. */
export class RequestFacts implements AggregateRequest {
  protected readonly x: Exchange
  protected readonly dropField: DropField
  protected closed = false
  private inVain = false
  private named: Readonly<Record<string, string>> | null = null
  private asked: URLSearchParams | null = null
  private controller: AbortController | null = null

  /** `dropField`: fields that only the gateway may send, of which a client's own are not there. */
  constructor(x: Exchange, dropField: DropField) {
    this.x = x
    this.dropField = dropField
  }

  get id(): string {
    return this.x.requestId
  }

  get method(): string {
    return this.x.method
  }

  get path(): string {
    return this.x.path
  }

  get params(): Readonly<Record<string, string>> {
    this.named ??= paramsOf(this.x)
    return this.named
  }

  get query(): URLSearchParams {
    this.asked ??= new URLSearchParams(this.x.query)
    return this.asked
  }

  get claims(): Readonly<Record<string, unknown>> {
    const claims = this.x.identity?.claims
    return claims === null || claims === undefined ? NO_CLAIMS : frozen(claims)
  }

  get subject(): string {
    return this.x.identity?.subject ?? ''
  }

  get consumer(): string {
    return this.x.identity?.consumer ?? ''
  }

  get roles(): readonly string[] {
    return [...(this.x.identity?.roles ?? [])]
  }

  get scopes(): readonly string[] {
    return [...(this.x.identity?.scopes ?? [])]
  }

  get signal(): AbortSignal {
    if (this.controller === null) {
      this.controller = new AbortController()
      if (this.inVain) this.controller.abort()
    }
    return this.controller.signal
  }

  /** Bound: whoever takes the request apart calls it alone. Made when it is asked for. */
  get header(): (name: string) => string | undefined {
    return name => (this.closed ? undefined : this.find(name.toLowerCase()))
  }

  /** `inVain`: whatever the reply still waits for. */
  close(inVain = false): void {
    this.closed = true
    if (inVain) this.abort()
  }

  /** Nobody waits for what is under way any more. */
  abort(): void {
    this.inVain = true
    this.controller?.abort()
  }

  private find(lower: string): string | undefined {
    if (this.dropField(headersOf([[lower, '']]), 0)) return this.x.requestEdits?.get(lower)
    return clientHeader(this.x, lower)[0]
  }
}

const paramsOf = ({ params, paramNames }: Exchange): Readonly<Record<string, string>> => {
  const named: Record<string, string> = Object.create(null)
  for (const [i, name] of paramNames.entries()) named[name] = decoded(params[i] ?? '')
  return named
}

/** Not every escape is text (RFC 3629). */
const decoded = (value: string): string => {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

/** Those whose members are frozen too: an identity is the same object for all requests with its credential. */
const froze = new WeakSet<object>()

const frozen = <T extends object>(value: T): T => {
  if (froze.has(value)) return value
  froze.add(value)
  for (const member of Object.values(value)) if (typeof member === 'object' && member !== null) frozen(member)
  return Object.freeze(value)
}

/**
 * Where a request, or one branch of an aggregate, stands in a trace. It goes with the Exchange, so that whoever sends
 * something on its behalf hangs it there without knowing who keeps traces.
 */
export interface Trace {
  /** 32 hex digits. */
  readonly traceId: string
  /** One try upstream that is about to be sent. */
  send(call: TracedCall): TracedSend
  /** A branch of an aggregate, whose own tries hang under it. */
  branch(name: string): TracedBranch
}

/** Who is asked, and for what. */
export interface TracedCall {
  readonly method: string
  readonly service: string
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** `host[:port]` as in a URL. */
  readonly authority: string
  /** What goes upstream, the query included; asked only where it is wanted. */
  path(): string
}

export interface TracedSend {
  /** Field lines for the target, each with its CRLF: where what it does hangs in the trace. */
  readonly lines: string
  /** `status`: of the answer, 0: there was none, and `problem` says in a word why. Only the first call counts. */
  end(status: number, problem: string): void
}

export interface TracedBranch extends Trace {
  /** It is asked now; one that never is takes no time. */
  begin(): void
  /** Exactly once. `status`: of the answer, 0: there was none. */
  end(outcome: string, status: number): void
}

/** Takes finished spans, each one a JSON object as OTLP wants it. Never throws; may drop what is too much. */
export interface SpanSink {
  add(span: string): void
}

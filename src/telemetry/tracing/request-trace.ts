import type { Clock } from '../../core/ports.ts'
import type { SpanSink, Trace, TracedBranch, TracedCall, TracedSend } from '../../core/trace.ts'
import { branchSpan } from './branch-span.ts'
import { clientSpan } from './client-span.ts'
import { type SpanBody, spanJson } from './span-json.ts'
import { formatTraceParent } from './trace-context.ts'
import type { TraceIds } from './trace-ids.ts'

export interface TraceWorld {
  readonly clock: Clock
  readonly ids: TraceIds
  readonly spans: SpanSink
}

/** What all spans of one request have in common. */
export interface TraceRoot {
  readonly traceId: string
  /** As they go upstream. */
  readonly flags: number
  readonly state: string
  readonly world: TraceWorld
}

const stateLine = (state: string): string => (state === '' ? '' : `tracestate: ${state}\r\n`)

const contextLines = ({ traceId, flags, state }: TraceRoot, spanId: string): string =>
  `traceparent: ${formatTraceParent(traceId, spanId, flags)}\r\n${stateLine(state)}`

/** A request whose trace is not kept: its context is passed on, with a span id that nobody looks for. */
export class PassedTrace implements TracedBranch {
  readonly root: TraceRoot

  constructor(root: TraceRoot) {
    this.root = root
  }

  get traceId(): string {
    return this.root.traceId
  }

  send(): TracedSend {
    const { root } = this
    return { lines: contextLines(root, root.world.ids.span()), end: nothing }
  }

  branch(): TracedBranch {
    return this
  }

  begin(): void {}

  end(): void {}
}

const nothing = (): void => {}

/** A request, or a branch, whose trace is kept. */
export class KeptTrace implements Trace {
  readonly root: TraceRoot
  /** Its own span, under which all else hangs. */
  readonly spanId: string
  /** What the worker's clock lacks to the time since the epoch, ms; one for all spans of a request. */
  private readonly epoch: number
  private sends = 0

  constructor(root: TraceRoot, epoch: number) {
    this.root = root
    this.spanId = root.world.ids.span()
    this.epoch = epoch
  }

  get traceId(): string {
    return this.root.traceId
  }

  send(call: TracedCall): TracedSend {
    const { root } = this
    const spanId = root.world.ids.span()
    const startedAt = root.world.clock.now()
    const resends = this.sends++
    let over = false
    return {
      lines: contextLines(root, spanId),
      end: (status, problem) => {
        if (over) return
        over = true
        this.write(spanId, this.spanId, startedAt, clientSpan(call, resends, status, problem))
      },
    }
  }

  branch(name: string): TracedBranch {
    return new KeptBranch(this.root, this.epoch, this, name)
  }

  /** `parentId`: of a span of this process. `startedAt`: ms of the worker's clock; it ends now. */
  write(spanId: string, parentId: string, startedAt: number, body: SpanBody, isParentRemote = false): void {
    const { root, epoch } = this
    const { traceId, flags, state, world } = root
    const times = { startMs: epoch + startedAt, endMs: epoch + world.clock.now() }
    world.spans.add(spanJson({ traceId, spanId, parentId, isParentRemote, flags, state, ...times, ...body }))
  }
}

class KeptBranch extends KeptTrace implements TracedBranch {
  private readonly parent: KeptTrace
  private readonly name: string
  private startedAt: number | null = null

  constructor(root: TraceRoot, epoch: number, parent: KeptTrace, name: string) {
    super(root, epoch)
    this.parent = parent
    this.name = name
  }

  begin(): void {
    this.startedAt = this.root.world.clock.now()
  }

  end(outcome: string, status: number): void {
    const startedAt = this.startedAt ?? this.root.world.clock.now()
    this.write(this.spanId, this.parent.spanId, startedAt, branchSpan(this.name, outcome, status))
  }
}

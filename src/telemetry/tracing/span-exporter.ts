import { urlLabel } from '../../base/url-label.ts'
import type { Clock, Log } from '../../core/ports.ts'
import type { TracingSpec } from '../../spec/spec-tracing.ts'
import { type OtlpPort, otlpBody, readVerdict, type Verdict } from './otlp.ts'
import type { SentSpans } from './span-batch.ts'
import { createSpanQueue, type SpanLoad, type SpanQueue } from './span-queue.ts'

/** Why spans were lost: too many waited; the collector did not want them; it was not there for too long. */
export type DropReason = 'full' | 'refused' | 'unreachable'

/**
 * The main thread's side of tracing: sends what workers recorded to the collector, one request at a time. A collector that
 * is slow or away costs spans, never memory without bound and never a request.
 */
export interface SpanExporter {
  /** Other settings from now on, for what waits too. Undefined: there are no new spans; what waits is sent as before. */
  use(spec: TracingSpec | undefined): void
  add(sent: SentSpans): void
  /** Sends what waits, but not for longer than `withinMs`; the rest is lost. */
  close(withinMs: number): Promise<void>
}

export interface SpanExporterOptions {
  readonly send: OtlpPort
  readonly clock: Clock
  readonly log: Log
  /** Calls once after `ms`; returns what prevents it. */
  readonly after: (ms: number, callback: () => void) => () => void
  /** 0 ≤ r < 1 */
  readonly random: () => number
  readonly onExported: (spans: number) => void
  readonly onDropped: (spans: number, reason: DropReason) => void
  readonly version: string
  /** Tells this process from others of the service. */
  readonly instance: string
  readonly queue?: SpanQueue
}

/** A request is sent again for this long. Then the next one is tried: what is wrong may be wrong with this one alone. */
const MOST_RETRY_MS = 60_000
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 15_000
/** Trouble that lasts is worth a line now and then. */
const WARN_EVERY_MS = 60_000

export const createSpanExporter = (options: SpanExporterOptions): SpanExporter => {
  const { clock, log, after, random, onExported, onDropped, queue = createSpanQueue() } = options
  let settings: TracingSpec | undefined
  let running: Promise<void> | undefined
  let closing = false
  /** Ends the pause, or the request, that is waited for. */
  let wake: (() => void) | undefined
  let interrupt: (() => void) | undefined
  let warnedAt = Number.NEGATIVE_INFINITY
  let isAway = false
  let lostMeanwhile = 0

  const lose = (spans: number, reason: DropReason): void => {
    if (spans === 0) return
    lostMeanwhile += spans
    onDropped(spans, reason)
  }

  const warn = (reason: string): void => {
    if (clock.now() - warnedAt < WARN_EVERY_MS) return
    warnedAt = clock.now()
    log.warn('Spans cannot be exported', { to: urlLabel(settings?.url ?? ''), reason })
  }

  const isThere = (): void => {
    if (!isAway) return
    isAway = false
    warnedAt = Number.NEGATIVE_INFINITY
    log.info('Spans are exported again', { to: urlLabel(settings?.url ?? ''), lost: lostMeanwhile })
    lostMeanwhile = 0
  }

  const attempt = async ({ spans }: SpanLoad, spec: TracingSpec): Promise<Verdict> => {
    const abort = new AbortController()
    const stop = after(spec.timeoutMs, () => abort.abort())
    interrupt = () => abort.abort()
    try {
      const answer = await options.send(spec.url, {
        method: 'POST',
        // Another address could be anybody's, and the headers may hold a secret.
        redirect: 'manual',
        headers: { ...Object.fromEntries(spec.headers), 'content-type': 'application/json' },
        body: otlpBody(spec.service, options.version, options.instance, spans),
        signal: abort.signal,
      })
      return await readVerdict(answer, clock.wall())
    } catch (error) {
      const reason = abort.signal.aborted ? 'it was too slow' : reasonOf(error)
      return { kind: 'later', reason, afterMs: 0 }
    } finally {
      interrupt = undefined
      stop()
    }
  }

  const pause = (ms: number): Promise<void> =>
    new Promise(resolve => {
      const stop = after(ms, () => wake?.())
      wake = () => {
        wake = undefined
        stop()
        resolve()
      }
    })

  /** Doubles, by chance up to a half shorter, so that gateways do not come back together. */
  const pauseMs = (tries: number, afterMs: number): number => {
    const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1))
    return Math.max(afterMs, ms * (1 - random() / 2))
  }

  const deliver = async (load: SpanLoad): Promise<void> => {
    const since = clock.now()
    for (let tries = 1; settings !== undefined; tries++) {
      const verdict = await attempt(load, settings)
      if (verdict.kind === 'taken') {
        onExported(load.count - Math.min(load.count, verdict.rejected))
        isThere()
        if (verdict.rejected > 0) warn(verdict.reason)
        return lose(Math.min(load.count, verdict.rejected), 'refused')
      }
      if (verdict.kind === 'refused') {
        warn(verdict.reason)
        return lose(load.count, 'refused')
      }
      isAway = true
      warn(verdict.reason)
      const ms = pauseMs(tries, verdict.afterMs)
      if (closing || clock.now() + ms - since > MOST_RETRY_MS) return lose(load.count, 'unreachable')
      await pause(ms)
    }
  }

  const run = async (): Promise<void> => {
    while (!queue.isEmpty) await deliver(queue.take())
    running = undefined
  }

  const start = (): void => {
    if (settings !== undefined && !queue.isEmpty) running ??= run()
  }

  return {
    use(spec) {
      settings = spec ?? settings
      // It may be there that something is right now.
      wake?.()
      start()
    },
    add({ spans, count, dropped }) {
      if (dropped > 0) lose(dropped, 'full')
      if (count === 0) return
      if (closing || !queue.add({ spans, count, dropped })) lose(count, 'full')
      start()
    },
    async close(withinMs) {
      closing = true
      wake?.()
      const stop = after(withinMs, () => {
        lose(queue.clear(), 'unreachable')
        interrupt?.()
      })
      await running
      lose(queue.clear(), 'unreachable')
      stop()
    },
  }
}

/** What the system says, without addresses. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code)
    ? `it cannot be reached (${code})`
    : 'it cannot be reached'
}

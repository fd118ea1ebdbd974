import { CommandError } from '../exit.ts'

export interface Life {
  /** Aborted by a signal of the user's, or when it takes too long. */
  readonly signal: AbortSignal
  /** Calls it at the end, the last one first. */
  onEnd(stop: () => Promise<void>): void
}

/** 128 + 2 and 128 + 15, as shells do. */
const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const

/** Runs something that starts processes, and stops them however it ends. */
export const withLife = async <T>(mostMs: number, body: (life: Life) => Promise<T>): Promise<T> => {
  const stops: (() => Promise<void>)[] = []
  const abort = new AbortController()
  const timer = setTimeout(
    () => abort.abort(new CommandError(`stopped: it took longer than ${mostMs / 1000} s (--max-time)`)),
    mostMs,
  )
  const handlers = SIGNALS.map(([name, code]) => {
    const handler = (): void => abort.abort(new CommandError(`stopped by ${name}`, code))
    process.once(name, handler)
    return () => process.off(name, handler)
  })
  try {
    return await body({ signal: abort.signal, onEnd: stop => void stops.push(stop) })
  } finally {
    clearTimeout(timer)
    for (const stop of stops.reverse()) await stop()
    for (const off of handlers) off()
  }
}

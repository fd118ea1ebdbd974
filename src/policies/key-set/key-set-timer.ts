/** A timer as an argument, so that tests move time by hand. What it returns stops it; safe to call twice. */
export type After = (ms: number, run: () => void) => () => void

/** A timer of Node waits for no longer than this, and else not at all. */
const LONGEST_MS = 2 ** 31 - 1

/** Does not keep the process alive. */
export const systemAfter: After = (ms, run) => {
  const timer = setTimeout(run, Math.min(ms, LONGEST_MS)).unref()
  return () => clearTimeout(timer)
}

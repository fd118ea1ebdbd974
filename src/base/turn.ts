import { performance } from 'node:perf_hooks'

let held = 0

/**
 * Milliseconds, monotonic. While bytes from a socket are being worked on it is the time they came: a request asks for
 * the time seven times in a few microseconds, and reading the clock was a twentieth of its JavaScript.
 */
export const now = (): number => (held === 0 ? performance.now() : held)

/** Time stands still until `endTurn`, which must come before the event loop goes on. */
export const beginTurn = (): void => {
  held = performance.now()
}

export const endTurn = (): void => {
  held = 0
}

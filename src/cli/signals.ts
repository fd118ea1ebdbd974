import { constants } from 'node:os'

export interface SignalActions {
  /** SIGHUP. */
  readonly reload: () => void
  /** The first SIGTERM or SIGINT. */
  readonly stop: (signal: StopSignal) => void
}

export type StopSignal = 'SIGTERM' | 'SIGINT'

/** Ctrl-C under npm arrives twice: from the terminal, and passed on by npm. */
const SAME_PRESS_MS = 100

export interface SignalWorld {
  readonly process: Pick<NodeJS.Process, 'on' | 'off'>
  readonly exit: (code: number) => void
  readonly now: () => number
}

/**
 * Connects the signals (DESIGN §7). A second SIGTERM or SIGINT ends the process at once, with 128 plus the number of
 * the signal (130, 143) as shells do. Returns what disconnects them.
 */
export const onSignals = ({ reload, stop }: SignalActions, world: SignalWorld = REAL): (() => void) => {
  let first: { readonly signal: StopSignal; readonly at: number } | undefined
  const end = (signal: StopSignal): void => {
    const at = world.now()
    if (first === undefined) {
      first = { signal, at }
      stop(signal)
    } else if (signal !== 'SIGINT' || first.signal !== 'SIGINT' || at - first.at > SAME_PRESS_MS) {
      world.exit(128 + constants.signals[signal])
    }
  }
  const onTerm = (): void => end('SIGTERM')
  const onInt = (): void => end('SIGINT')
  world.process.on('SIGHUP', reload)
  world.process.on('SIGTERM', onTerm)
  world.process.on('SIGINT', onInt)
  return () => {
    world.process.off('SIGHUP', reload)
    world.process.off('SIGTERM', onTerm)
    world.process.off('SIGINT', onInt)
  }
}

const REAL: SignalWorld = { process, exit: code => process.exit(code), now: () => performance.now() }

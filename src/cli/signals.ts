import { constants } from 'node:os'

export interface SignalActions {
  /** SIGHUP. */
  readonly reload: () => void
  /** The first SIGTERM or SIGINT. */
  readonly stop: (signal: StopSignal) => void
}

export type StopSignal = 'SIGTERM' | 'SIGINT'

/**
 * Connects the signals (DESIGN §7). A second SIGTERM or SIGINT ends the process at once, with 128 plus the number of
 * the signal (130, 143) as shells do. Returns what disconnects them.
 */
export const onSignals = (
  { reload, stop }: SignalActions,
  exit: (code: number) => void = code => process.exit(code),
): (() => void) => {
  let stopping = false
  const end = (signal: StopSignal): void => {
    if (stopping) exit(128 + constants.signals[signal])
    stopping = true
    stop(signal)
  }
  const onTerm = (): void => end('SIGTERM')
  const onInt = (): void => end('SIGINT')
  process.on('SIGHUP', reload).on('SIGTERM', onTerm).on('SIGINT', onInt)
  return () => void process.off('SIGHUP', reload).off('SIGTERM', onTerm).off('SIGINT', onInt)
}

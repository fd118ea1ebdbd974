import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** Long enough that starting and stopping cost nothing, short enough that the machine is the same for all. */
const TURN_MS = 100
/** For what is under way: at full speed an answer takes a few milliseconds. */
const BETWEEN_MS = 5

/**
 * Lets one of these processes run at a time, a tenth of a second each, from the `first` on, until all have ended. They are
 * stopped by SIGSTOP and know nothing of it.
 */
export const takeTurns = async (
  processes: readonly Pick<ChildProcess, 'kill'>[],
  first: number,
  ended: Promise<unknown>,
  pause: (ms: number) => Promise<unknown> = sleep,
): Promise<void> => {
  let isOver = false
  const over = ended.then(
    () => (isOver = true),
    () => (isOver = true),
  )
  for (const one of processes) one.kill('SIGSTOP')
  for (let turn = first; !isOver; turn++) {
    const one = processes[turn % processes.length]!
    const runs = one.kill('SIGCONT')
    await Promise.race([pause(runs ? TURN_MS : BETWEEN_MS), over])
    if (!runs) continue
    one.kill('SIGSTOP')
    await Promise.race([pause(BETWEEN_MS), over])
  }
}

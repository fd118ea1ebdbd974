import type { Log } from '../../core/ports.ts'
import type { TargetList } from './target-list.ts'

/** Says when targets cannot be found, once, and when they can again. */
export interface Trouble {
  /** Another reason than last time is told too if `anew`: somebody is at work on it. */
  tell(reason: string, anew: boolean): void
  over(): void
}

export const createTrouble = (source: string, log: Log, list: TargetList): Trouble => {
  let told: string | undefined
  return {
    tell: (reason, anew) => {
      if (told !== undefined && (!anew || told === reason)) return
      told = reason
      const until = list.isEmpty() ? 'it has none until they can' : 'those known so far stay in use'
      log.warn(`The targets of a service cannot be found; ${until}.`, { source, reason })
    },
    over: () => {
      if (told === undefined) return
      told = undefined
      log.info('The targets of a service can be found again.', { source })
    },
  }
}

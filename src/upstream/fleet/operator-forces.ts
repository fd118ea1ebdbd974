import type { Force } from './operate-fleet.ts'

/** A day: who forced the breaker of a target that is away for longer will not expect it any more. */
export const AWAY_MS = 86_400_000
/** Of one service, those that are away included; a list has half as many targets at most. */
const MOST = 2048

interface Wish {
  readonly to: Force
  /** Since when the target is in no list, ms. */
  awayAt: number | undefined
}

/**
 * What operators made of the breakers of targets, by service and URL. The cells of a target that is away for over a minute
 * are forgotten; an operator's wish is not, until it was away for `AWAY_MS`.
 */
export interface OperatorForces {
  get(service: string, url: string): Force | undefined
  set(service: string, url: string, to: Force): void
  /** The service has these targets from now on, ms of any clock. */
  look(service: string, isListed: (url: string) => boolean, now: number): void
  keepOnly(services: ReadonlySet<string>): void
}

export const createOperatorForces = (): OperatorForces => {
  const forced = new Map<string, Map<string, Wish>>()

  const set = (service: string, url: string, to: Force): void => {
    const wishes = forced.get(service) ?? new Map<string, Wish>()
    forced.set(service, wishes)
    wishes.delete(url)
    if (to !== 'auto') wishes.set(url, { to, awayAt: undefined })
    if (wishes.size > MOST) dropOne(wishes)
  }

  return {
    get: (service, url) => forced.get(service)?.get(url)?.to,
    set,
    look: (service, isListed, now) => {
      const wishes = forced.get(service) ?? new Map<string, Wish>()
      for (const [url, wish] of wishes) {
        if (wish.awayAt !== undefined && now - wish.awayAt >= AWAY_MS) wishes.delete(url)
        else wish.awayAt = isListed(url) ? undefined : (wish.awayAt ?? now)
      }
    },
    keepOnly: services => {
      for (const service of forced.keys()) if (!services.has(service)) forced.delete(service)
    },
  }
}

/** The oldest wish for one that is away. */
const dropOne = (wishes: Map<string, Wish>): void => {
  for (const [url, { awayAt }] of wishes) {
    if (awayAt === undefined) continue
    wishes.delete(url)
    return
  }
}

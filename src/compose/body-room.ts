import { Fault } from '../base/errors.ts'
import type { Holding } from '../core/body-room.ts'
import type { Exchange } from '../core/exchange.ts'

/** Bytes of bodies that one worker holds; outlives Plans, as requests do. */
export interface HeldBodies {
  bytes: number
}

export interface BodyRoomOptions {
  readonly held: HeldBodies
  /** Of all requests together. */
  readonly most: number
  /** Told of each change, in bytes. */
  readonly onChange: (bytes: number) => void
  readonly onRefused: () => void
}

/**
 * Room in one worker for bodies that answers are made of. What one request may hold is bounded by itself; that many of
 * them hold it at once, for slow services or slow clients, is bounded here.
 */
export interface BodyRoom {
  /** For this request; always the same. Null: there is no room at all. */
  holdingOf(x: Exchange): Holding | null
}

/** What is answered without room: another try, or another gateway, may have some. */
export const NO_ROOM = new Fault('OVERLOADED', 'the gateway holds as many bodies as it may', [['retry-after', '1']])

/** The system takes so much of an answer, whoever reads it: room for bodies or none, errors and small answers go out. */
export const AT_ONCE = 65_536

export const bodyRoom = ({ held, most, onChange, onRefused }: BodyRoomOptions): BodyRoom => {
  const add = (bytes: number): void => {
    held.bytes += bytes
    onChange(bytes)
  }
  const take = (bytes: number): boolean => {
    const fits = held.bytes + bytes <= most
    if (fits) add(bytes)
    else onRefused()
    return fits
  }
  return {
    holdingOf: x => {
      if (x.holding !== null) return x.holding
      if (held.bytes >= most) {
        onRefused()
        return null
      }
      x.holding = holding(take, add)
      return x.holding
    },
  }
}

const holding = (take: (bytes: number) => boolean, add: (bytes: number) => void): Holding => {
  let own = 0
  let isOver = false
  const takeMore = (bytes: number): boolean => {
    if (isOver || !take(bytes)) return false
    own += bytes
    return true
  }
  return {
    take: takeMore,
    answer: bytes => bytes <= own + AT_ONCE || takeMore(bytes - own),
    give: bytes => {
      if (isOver) return
      own -= bytes
      add(-bytes)
    },
    release: () => {
      if (isOver) return
      isOver = true
      add(-own)
    },
  }
}

import type { Maybe } from '../../core/maybe.ts'
import type { Clock } from '../../core/ports.ts'
import type { DirectoryKey, KeyDirectory } from '../../core/revocations.ts'
import { oldestFirst } from '../oldest-first.ts'
import { type Rejection, reject } from '../way.ts'
import type { KnownKey } from './known-key.ts'

/** Times in milliseconds. */
export const KEY_MEMORY = {
  /** An answer counts as long as this, unless the directory changes. */
  freshMs: 30_000,
  unknownMs: 5_000,
  /** While the directory is away, a key it confirmed counts as long as this. */
  staleMs: 300_000,
  /** After a failure nobody asks for this long: else each request would wait for the next one. */
  pauseMs: 1_000,
  keys: 10_000,
  unknown: 10_000,
  pending: 1_000,
} as const

export const DIRECTORY_AWAY: Rejection = reject('the API key cannot be checked now', 'unavailable')

interface Confirmed {
  readonly key: KnownKey
  /** As it was told, to notice that nothing changed. */
  readonly told: string
  readonly version: number
  readonly at: number
}

interface Pending {
  readonly version: number
  readonly answer: Promise<KnownKey | Rejection | null>
}

/** Looks up the hash of a key; null: no such key. */
export type FindKey = (hash: string) => Maybe<KnownKey | Rejection | null>

/**
 * What a directory said about keys, remembered for a while: known and unknown ones apart, so that guesses cannot push
 * good keys out. The oldest go first when there are too many; one that is used is confirmed again, and young by that.
 * Questions about the same key at the same time are one.
 */
export const keyMemory = (
  directory: KeyDirectory,
  clock: Clock,
  make: (hash: string, holder: DirectoryKey) => KnownKey,
): FindKey => {
  const confirmed = bounded<Confirmed>(KEY_MEMORY.keys)
  const unknown = bounded<{ readonly version: number; readonly at: number }>(KEY_MEMORY.unknown)
  const pending = new Map<string, Pending>()
  let pausedUntil = Number.NEGATIVE_INFINITY

  const whileAway = (hash: string): KnownKey | Rejection => {
    const known = confirmed.get(hash)
    return known !== undefined && clock.now() - known.at < KEY_MEMORY.staleMs ? known.key : DIRECTORY_AWAY
  }

  const learn = (hash: string, holder: DirectoryKey | null, version: number): KnownKey | null => {
    const before = confirmed.get(hash)
    confirmed.delete(hash)
    unknown.delete(hash)
    const at = clock.now()
    if (holder === null) {
      unknown.set(hash, { version, at })
      return null
    }
    const told = JSON.stringify(holder)
    const key = before?.told === told ? before.key : make(hash, holder)
    confirmed.set(hash, { key, told, version, at })
    return key
  }

  const ask = async (hash: string, version: number): Promise<KnownKey | Rejection | null> => {
    const holder = await findOrAway(directory, hash)
    // Overtaken by a newer question, whose answer may say more: good for those who wait, not to be remembered.
    const overtaken = pending.get(hash)?.version !== version
    if (!overtaken) pending.delete(hash)
    if (holder === AWAY) {
      pausedUntil = clock.now() + KEY_MEMORY.pauseMs
      return whileAway(hash)
    }
    if (overtaken) return holder && make(hash, holder)
    return learn(hash, holder, version)
  }

  const askOnce = (hash: string, version: number): Maybe<KnownKey | Rejection | null> => {
    const under = pending.get(hash)
    // An answer that was on its way when the directory changed may be the old one.
    if (under?.version === version) return under.answer
    if (clock.now() < pausedUntil || pending.size >= KEY_MEMORY.pending) return whileAway(hash)
    const answer = ask(hash, version)
    pending.set(hash, { version, answer })
    return answer
  }

  return hash => {
    const version = directory.version()
    const now = clock.now()
    const known = confirmed.get(hash)
    if (known !== undefined && known.version === version && now - known.at < KEY_MEMORY.freshMs) return known.key
    const none = unknown.get(hash)
    if (none !== undefined && none.version === version && now - none.at < KEY_MEMORY.unknownMs) return null
    return askOnce(hash, version)
  }
}

/** A map that stays within its bound. */
const bounded = <T>(most: number): BoundedMap<T> => {
  const map = new Map<string, T>()
  const oldest = oldestFirst(map)
  return {
    get: key => map.get(key),
    delete: key => void map.delete(key),
    set: (key, value) => {
      map.set(key, value)
      const first = map.size > most ? oldest() : undefined
      if (first !== undefined) map.delete(first)
    },
  }
}

interface BoundedMap<T> {
  get(key: string): T | undefined
  delete(key: string): void
  set(key: string, value: T): void
}

const AWAY = Symbol('away')

/** Only what the directory itself fails with means that it is away. */
const findOrAway = async (directory: KeyDirectory, hash: string): Promise<DirectoryKey | typeof AWAY | null> => {
  try {
    return await directory.find(hash)
  } catch {
    return AWAY
  }
}

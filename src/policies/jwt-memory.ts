import type { Identity } from '../core/identity.ts'
import type { JwtKey } from './jwt-key.ts'
import { oldestFirst } from './oldest-first.ts'

/** A token that was verified. */
export interface Remembered {
  readonly identity: Identity
  readonly key: JwtKey
  /** From then on it is not believed any more; ms since the epoch. */
  readonly until: number
  readonly jti: string
  /** Of the revocations, when it was last looked up there. */
  version: number
  /** Since eviction last came by. */
  used: boolean
}

/** Good tokens by their text; bounded in number and in characters. */
export interface TokenMemory {
  get(text: string): Remembered | undefined
  keep(text: string, token: Remembered, wallMs: number): void
  drop(text: string): void
  dropWhere(gone: (token: Remembered) => boolean): void
  readonly size: number
  readonly chars: number
}

/** How many are looked at, for each that is kept, to see whether they have expired. */
const SWEPT_EACH = 4
/** So often the next in line is spared because it was used; then one goes all the same. */
const MOST_SPARED = 16

/**
 * First in, first out, with a second chance for what was used since. Only good tokens come in here, so nobody without
 * one can push anything out.
 */
export const tokenMemory = (mostTokens: number, mostChars: number): TokenMemory => {
  const tokens = new Map<string, Remembered>()
  let chars = 0
  let sweep = tokens.entries()
  const oldest = oldestFirst(tokens)

  const drop = (text: string): void => {
    if (tokens.delete(text)) chars -= text.length
  }

  const sweepSome = (wallMs: number): void => {
    for (let i = 0; i < SWEPT_EACH; i++) {
      const next = sweep.next()
      if (next.done) {
        sweep = tokens.entries()
        return
      }
      if (next.value[1].until <= wallMs) drop(next.value[0])
    }
  }

  const evict = (): void => {
    for (let spared = 0; ; spared++) {
      const text = oldest()
      const token = text === undefined ? undefined : tokens.get(text)
      if (text === undefined || token === undefined) return
      if (!token.used || spared === MOST_SPARED) return drop(text)
      token.used = false
      tokens.delete(text)
      tokens.set(text, token)
    }
  }

  return {
    get: text => tokens.get(text),
    keep: (text, token, wallMs) => {
      sweepSome(wallMs)
      drop(text)
      tokens.set(text, token)
      chars += text.length
      while (tokens.size > mostTokens || chars > mostChars) evict()
    },
    drop,
    dropWhere: gone => {
      for (const [text, token] of tokens) if (gone(token)) drop(text)
    },
    get size() {
      return tokens.size
    },
    get chars() {
      return chars
    },
  }
}

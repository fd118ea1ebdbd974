import type { Identity } from '../../core/identity.ts'
import { oldestFirst } from '../oldest-first.ts'
import type { JwtKey } from './jwt-key.ts'

/**
 * A token that was verified. One object, and no number that V8 keeps as another: of many tokens in use none of it is in
 * the CPU's cache.
 */
export interface Remembered {
  /** Of its own: no slice of a request's head, which it would keep in memory. */
  readonly text: string
  readonly identity: Identity
  /** From then on it is not believed any more; seconds since the epoch, since milliseconds would take a float. */
  readonly until: number
  /** Of the revocations, when it was last looked up there. */
  version: number
  /** Since eviction last came by. */
  used: boolean
  /** Another one with the same fingerprint; belongs to the memory. */
  next: Remembered | null
  readonly jti: string
  readonly key: JwtKey
}

/** Good tokens by their text; bounded in number and in characters. */
export interface TokenMemory {
  get(text: string): Remembered | null
  keep(token: Remembered, wallMs: number): void
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
  /** In the order of eviction. */
  const tokens = new Map<string, Remembered>()
  const index = new Map<number, Remembered>()
  let chars = 0
  let sweep = tokens.entries()
  const oldest = oldestFirst(tokens)

  const drop = (text: string): void => {
    if (!tokens.delete(text)) return
    chars -= text.length
    const print = fingerprint(text)
    const rest = without(index.get(print) ?? null, text)
    if (rest === null) index.delete(print)
    else index.set(print, rest)
  }

  const add = (token: Remembered): void => {
    tokens.set(token.text, token)
    chars += token.text.length
    const print = fingerprint(token.text)
    token.next = index.get(print) ?? null
    index.set(print, token)
  }

  const sweepSome = (wallMs: number): void => {
    for (let i = 0; i < SWEPT_EACH; i++) {
      const next = sweep.next()
      if (next.done) {
        sweep = tokens.entries()
        return
      }
      if (next.value[1].until <= wallMs / 1000) drop(next.value[0])
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
    get: text => {
      let token = index.get(fingerprint(text)) ?? null
      while (token !== null && token.text !== text) token = token.next
      return token
    },
    keep: (token, wallMs) => {
      sweepSome(wallMs)
      drop(token.text)
      add(token)
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

/** `token` and those behind it, but for the one with this text. */
const without = (token: Remembered | null, text: string): Remembered | null => {
  if (token === null || token.text === text) return token?.next ?? null
  token.next = without(token.next, text)
  return token
}

const FIRST_CHAR = 13
const CHARS = 10

/**
 * 30 bits out of the signature, which nobody can choose who cannot sign. A Map with the texts themselves as keys makes
 * V8 look each one up in its table of all strings first: half of what a repeated token cost (bench/micro/jwt.ts).
 */
const fingerprint = (text: string): number => {
  const from = Math.max(0, text.length - FIRST_CHAR)
  let print = 0
  for (let i = from; i < from + CHARS; i++) print = (Math.imul(print, 33) + text.charCodeAt(i)) & 0x3fffffff
  return print
}

import type { Identity } from '../../core/identity.ts'
import { oldestFirst } from '../oldest-first.ts'
import type { JwtKey } from './jwt-key.ts'

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
  /** In the order of eviction. */
  const tokens = new Map<string, Remembered>()
  const index = new Map<number, Entry>()
  let chars = 0
  let sweep = tokens.entries()
  const oldest = oldestFirst(tokens)

  const drop = (text: string): void => {
    if (!tokens.delete(text)) return
    chars -= text.length
    const print = fingerprint(text)
    const rest = without(index.get(print), text)
    if (rest === undefined) index.delete(print)
    else index.set(print, rest)
  }

  const add = (text: string, token: Remembered): void => {
    tokens.set(text, token)
    chars += text.length
    const print = fingerprint(text)
    index.set(print, { text, token, next: index.get(print) })
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
    get: text => {
      let entry = index.get(fingerprint(text))
      while (entry !== undefined && entry.text !== text) entry = entry.next
      return entry?.token
    },
    keep: (text, token, wallMs) => {
      sweepSome(wallMs)
      drop(text)
      add(text, token)
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

interface Entry {
  readonly text: string
  readonly token: Remembered
  readonly next: Entry | undefined
}

const without = (entry: Entry | undefined, text: string): Entry | undefined => {
  if (entry === undefined || entry.text === text) return entry?.next
  return { ...entry, next: without(entry.next, text) }
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

import { keyPrinter, type Print, randomSecret } from './key-print.ts'
import type { KnownKey } from './known-key.ts'

/** Knows API keys again that were proved before, without holding any of them. */
export interface KeyRecall {
  /** `sent`: one character a byte, at most `MOST_BYTES`. */
  get(sent: string): KnownKey | undefined
  /** Only for what was just proved by its SHA-256. */
  keep(sent: string, key: KnownKey): void
}

/**
 * By a print of 128 bits under a secret drawn at load: a MAC (key-print.ts). A known key takes 280 ns by that, and 650 by
 * its SHA-256 (bench/micro/api-key.ts). It proves as much:
 *
 * - A wrong key passes if its print is that of a good one: by chance, in 2^-128 for each try and each good key. Prints
 *   and secret never leave the process, so nobody can look for two keys that are alike.
 * - For the same reason time tells nothing. Where a look-up ends depends on 32 bits that nobody knows or can choose; the
 *   other 96 are compared in constant time.
 * - Who reads the memory of the process finds prints where there are hashes already, and as little of the keys.
 *
 * Holds no more than the configured keys, and never one that was not proved: guesses leave nothing behind.
 */
export const keyRecall = (): KeyRecall => {
  const printOf = keyPrinter(randomSecret())
  const print: Print = { a: 0, b: 0, c: 0, d: 0 }
  /** By the first word. Of two keys that have the same, the older is proved by its hash each time. */
  const kept = new Map<number, KnownKey>()
  return {
    get(sent) {
      printOf(sent, print)
      const found = kept.get(print.a)
      return found !== undefined && isSame(found, print) ? found : undefined
    },
    keep(sent, key) {
      printOf(sent, key)
      kept.set(key.a, key)
    },
  }
}

const isSame = (kept: Readonly<Print>, print: Readonly<Print>): boolean =>
  ((kept.b ^ print.b) | (kept.c ^ print.c) | (kept.d ^ print.d)) === 0

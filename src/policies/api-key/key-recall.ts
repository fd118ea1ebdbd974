import { keyPrinter, type Print, randomSecret } from './key-print.ts'
import type { KnownKey } from './known-key.ts'

/** Knows API keys again that were proved before, without holding any of them. */
export interface KeyRecall {
  /** `sent`: one character a byte, at most `MOST_BYTES`. */
  get(sent: string): KnownKey | null
  /** Only for what was just proved by its SHA-256, and was not kept before. */
  keep(sent: string, key: KnownKey): void
}

/**
 * By a print of 128 bits under a secret drawn at load: a MAC (key-print.ts). A known key takes 280 ns by that, and 650 by
 * its SHA-256 (bench/micro/api-key.ts). It proves as much:
 *
 * - A wrong key passes if its print is that of a good one: by chance, in 2^-128 for each try and each good key. Prints
 *   and secret never leave the process, so nobody can look for two keys that are alike.
 * - For the same reason time tells nothing. Where a look-up ends depends on bits of prints that nobody knows or can choose;
 *   each print is compared in constant time.
 * - Who reads the memory of the process finds prints where there are hashes already, and as little of the keys.
 *
 * Holds no more than the configured keys, `most`, and never one that was not proved: guesses leave nothing behind. No Map:
 * that would be one place more to fetch from memory, since of many keys in use none is in the CPU's cache.
 */
export const keyRecall = (most: number): KeyRecall => {
  const printOf = keyPrinter(randomSecret())
  const print: Print = { a: 0, b: 0, c: 0, d: 0 }
  /** From the slot that the first word says on, up to the first that is free. At most half of them are taken. */
  const slots = new Array<KnownKey | null>(2 ** Math.ceil(Math.log2(2 * most + 1))).fill(null)
  const mask = slots.length - 1
  return {
    get(sent) {
      printOf(sent, print)
      for (let slot = print.a & mask; ; slot = (slot + 1) & mask) {
        const kept = slots[slot]!
        if (kept === null || isSame(kept, print)) return kept
      }
    },
    keep(sent, key) {
      printOf(sent, key)
      let slot = key.a & mask
      while (slots[slot] !== null) slot = (slot + 1) & mask
      slots[slot] = key
    },
  }
}

const isSame = (kept: Readonly<Print>, print: Readonly<Print>): boolean =>
  ((kept.a ^ print.a) | (kept.b ^ print.b) | (kept.c ^ print.c) | (kept.d ^ print.d)) === 0

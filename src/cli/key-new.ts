import { hash, randomBytes } from 'node:crypto'
import { CommandError, EXIT } from './exit.ts'

export interface KeyNewOptions {
  readonly bytes: number
  readonly prefix: string
}

/** What a new key is made with. */
export interface KeyWorld {
  readonly stdout: { write(text: string): unknown }
  readonly randomBytes: (count: number) => Uint8Array
}

/** 160 bits: what a fast hash may keep secret for good. */
export const FEWEST_BYTES = 20
export const MOST_BYTES = 256

/** Prints a new key, this once, and what belongs into the configuration. Returns the exit code. */
export const keyNew = (
  { bytes, prefix }: KeyNewOptions,
  world: KeyWorld = { stdout: process.stdout, randomBytes },
): number => {
  if (!Number.isInteger(bytes) || bytes < FEWEST_BYTES || bytes > MOST_BYTES) {
    throw new CommandError(`--bytes takes a whole number from ${FEWEST_BYTES} to ${MOST_BYTES}`, EXIT.usage)
  }
  if (!/^[\w.-]{0,32}$/.test(prefix)) {
    throw new CommandError('--prefix takes at most 32 letters, digits, "_", "-" and "."', EXIT.usage)
  }
  const key = prefix + randomText(bytes, world.randomBytes)
  world.stdout.write(announcement(key))
  return EXIT.ok
}

const announcement = (key: string): string => `Key, for the client; it is not stored and not shown again:

  ${key}

Its hash, for the configuration:

consumers:
  my-client:
    keys: ["sha256:${hash('sha256', key, 'hex')}"]
`

/** Letters and digits only, so that a double click selects all of it. */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** As many characters as hold that many random bytes, each equally likely. */
const randomText = (bytes: number, random: KeyWorld['randomBytes']): string => {
  const length = Math.ceil((bytes * 8) / Math.log2(ALPHABET.length))
  // The largest multiple of 62 below 256: bytes from there on would make some characters likelier.
  const end = 256 - (256 % ALPHABET.length)
  let text = ''
  while (text.length < length) {
    for (const byte of random(length)) {
      if (byte < end && text.length < length) text += ALPHABET.charAt(byte % ALPHABET.length)
    }
  }
  return text
}

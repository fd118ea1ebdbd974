import { hash } from 'node:crypto'
import { CommandError, EXIT } from './exit.ts'
import { weaknessOf } from './key-weakness.ts'
import { readSecret, type SecretInput } from './read-secret.ts'

/** Longer keys are refused by the gateway, too. */
const MOST_BYTES = 512

export interface KeyHashTerminal {
  readonly stdin: SecretInput
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

/**
 * Reads a key and prints its hash, nothing else, on standard output; warns on standard error when the key can be
 * guessed. `args`: what stands behind the command, and must not. Resolves to the exit code.
 */
export const keyHash = async (args: readonly string[], terminal: KeyHashTerminal = process): Promise<number> => {
  if (args.length > 0) {
    throw new CommandError(
      'a key is not taken from the command line, which shells remember and other users can see; type it when asked, or pipe it in: sallyport key hash < key.txt',
      EXIT.usage,
    )
  }
  const { stdin, stdout, stderr } = terminal
  const key = withoutLineEnd(await readSecret(stdin, stderr, MOST_BYTES + LINE_END_BYTES))
  const problem = problemOf(key)
  if (problem !== undefined) throw new CommandError(`${problem}; nothing was hashed`)
  const weakness = weaknessOf(key.toString('latin1'))
  if (weakness !== undefined) {
    stderr.write(
      `sallyport: warning: this key can be guessed: ${weakness}; "sallyport key new" makes one that cannot\n`,
    )
  }
  if (key.some(byte => byte > 0x7f)) {
    stderr.write('sallyport: warning: the key holds more than ASCII, which not every client sends as UTF-8\n')
  }
  stdout.write(`sha256:${hash('sha256', key, 'hex')}\n`)
  return EXIT.ok
}

const LINE_END_BYTES = 2
const [LF, CR, SPACE] = [10, 13, 32]

/** One: `echo` and editors add it, and no key can hold any. */
const withoutLineEnd = (text: Buffer): Buffer => {
  let end = text.length
  if (text[end - 1] === LF) end--
  if (end < text.length && text[end - 1] === CR) end--
  return text.subarray(0, end)
}

/** Why no request could ever show this key (RFC 9110 §5.5). */
const problemOf = (key: Buffer): string | undefined => {
  if (key.length === 0) return 'there is no key in the input'
  if (key.length > MOST_BYTES) return `the key is longer than ${MOST_BYTES} bytes, which the gateway refuses`
  if (key.includes(LF) || key.includes(CR)) return 'the input has more than one line'
  if (key.some(byte => byte < SPACE || byte === 0x7f)) return 'the key holds control characters, which no header can'
  if (key[0] === SPACE || key.at(-1) === SPACE) return 'the key begins or ends with a space, which HTTP takes away'
  if (/^sha256:[0-9a-f]{64}$/i.test(key.toString('latin1'))) return 'this is a hash already'
  return undefined
}

import { createInterface } from 'node:readline/promises'
import { CommandError } from './exit.ts'

/** Questions, each with an answer that is taken when nobody says anything else. */
export interface Ask {
  /** Asks again until `read` makes something of the answer. `expected` says what that would be. */
  text(question: string, usual: string, expected: string, read: (answer: string) => string | undefined): Promise<string>
  yes(question: string): Promise<boolean>
}

/** For scripts: nothing is asked. */
export const USUAL_ANSWERS: Ask = { text: async (_question, usual) => usual, yes: async () => true }

/** `question` shows a text and resolves to the line that comes back. */
export const askWith = (question: (text: string) => Promise<string>, say: (text: string) => void): Ask => ({
  text: async (asked, usual, expected, read) => {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const answer = (await question(`${asked} [${usual}] `)).trim()
      const value = answer === '' ? usual : read(answer)
      if (value !== undefined) return value
      say(`  expected ${expected}\n`)
    }
    throw new CommandError(`"${asked}" has no answer; nothing was written`)
  },
  yes: async asked => !/^n/i.test((await question(`${asked} [Y/n] `)).trim()),
})

const MOST_TRIES = 5

/** Asks on the terminal while `talk` runs. Whoever ends the input (Ctrl-C, Ctrl-D) wants nothing written. */
export const askOnTerminal = async <T>(talk: (ask: Ask) => Promise<T>): Promise<T> => {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const left = new Promise<never>((_, reject) => {
    terminal.once('close', () => reject(new CommandError('nothing was written')))
  })
  const ask = askWith(
    text => terminal.question(text),
    text => process.stdout.write(text),
  )
  try {
    return await Promise.race([talk(ask), left])
  } finally {
    left.catch(() => {})
    terminal.close()
  }
}

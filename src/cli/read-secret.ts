import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { CommandError } from './exit.ts'

export type SecretInput = NodeJS.ReadableStream & { readonly isTTY?: boolean }

/**
 * All of the input, at most `most` bytes and what came with the last of them; from a terminal one line, which is not
 * shown while it is typed.
 */
export const readSecret = async (
  input: SecretInput,
  messages: { write(text: string): unknown },
  most: number,
): Promise<Buffer> => {
  if (input.isTTY === true) return Buffer.from(await readHidden(input, messages), 'utf8')
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk)
    chunks.push(bytes)
    length += bytes.length
    if (length > most) break
  }
  return Buffer.concat(chunks)
}

const readHidden = (input: SecretInput, messages: { write(text: string): unknown }): Promise<string> =>
  new Promise((resolve, reject) => {
    messages.write('Key (not shown): ')
    // In terminal mode readline echoes itself: to nowhere. It keeps no history.
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
    const reader = createInterface({ input, output: nowhere, terminal: true, historySize: 0 })
    reader.on('line', line => {
      resolve(line)
      reader.close()
    })
    reader.on('SIGINT', () => reader.close())
    reader.on('close', () => {
      messages.write('\n')
      reject(new CommandError('no key was typed; nothing was hashed'))
    })
  })

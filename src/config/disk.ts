import { isUtf8 } from 'node:buffer'
import { readFile, stat } from 'node:fs/promises'
import { type ReadFile, Unusable } from './outside.ts'

/** Far more than 10,000 routes need (2 MB); what is larger was hardly meant, and would be read for minutes. */
const LONGEST = 16 * 1024 * 1024

/** Text of a file that can be meant as one. It is looked at first: reading from a pipe or a device may never end. */
export const readFromDisk: ReadFile = async file => {
  const found = await stat(file)
  if (!found.isFile() && !found.isDirectory()) throw new Unusable('it is no ordinary file')
  if (found.size > LONGEST) throw new Unusable('it is larger than 16 MiB')
  const bytes = await readFile(file)
  if (!isUtf8(bytes)) throw new Unusable('it is not text in UTF-8')
  return bytes.toString('utf8')
}

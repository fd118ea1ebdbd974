import { randomBytes } from 'node:crypto'
import { link, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Writes a whole file or none of it: what is there already stays until its successor is on disk. Rejects with `EEXIST`
 * when it is there and `replace` is not set, also when it appeared a moment ago. What is no file, such as `/dev/stdout`,
 * is written to; of a link, the file that it names is replaced.
 */
export const writeWhole = async (file: string, text: string, replace: boolean): Promise<void> => {
  const there = replace ? await stat(file).catch(() => undefined) : undefined
  if (there === undefined) return writeDraft(file, text, replace)
  // A rename would put a file in the place of a device: as root, for every other program of the machine.
  if (!there.isFile() && !there.isDirectory()) return writeFile(file, text)
  return writeDraft(await realpath(file), text, replace)
}

const writeDraft = async (file: string, text: string, replace: boolean): Promise<void> => {
  const draft = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`)
  try {
    const handle = await open(draft, 'wx', 0o644)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    // A rename would replace; a link is refused where something is.
    if (replace) await rename(draft, file)
    else await link(draft, file)
  } finally {
    await rm(draft, { force: true })
  }
}

/** In words for people. */
export const whyNotWritten = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS.get(code) ?? (code === '' ? 'it cannot be written' : code)
}

const REASONS = new Map([
  ['EEXIST', 'it is there already'],
  ['EISDIR', 'it is a directory'],
  ['ENOENT', 'there is no such folder'],
  ['ENOTDIR', 'part of the path is not a directory'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'the disk is full'],
])

import { replaceAt } from '../spec/coerce.ts'
import type { Path } from '../spec/problem.ts'
import type { Report } from '../spec/source.ts'
import { type ReadFile, readAll, reasonOf, resolveBeside } from './outside.ts'

export interface LoadedFiles {
  readonly document: unknown
  /** Paths, as JSON, of the values that were replaced by what a file holds. */
  readonly outside: readonly string[]
  readonly files: readonly string[]
}

/** A value of the document that names a file. */
export interface NamedFile {
  readonly path: Path
  readonly name: string
}

/** Puts what files hold where their names stood. */
export const loadNamed = async (
  report: Report,
  filled: unknown,
  names: readonly NamedFile[],
  file: string,
  readFile: ReadFile,
): Promise<LoadedFiles> => {
  const named = names
    .filter(({ path }) => !report.has(path))
    .map(({ path, name }) => ({ path, name, from: resolveBeside(file, name) }))
  const contents = await readAll(
    named.map(({ from }) => from),
    readFile,
  )
  let document = filled
  for (const { path, name, from } of named) {
    const content = contents.get(from)
    if (typeof content === 'string') document = replaceAt(document, path, content)
    else
      report.add(path, `cannot read the file ${showName(report, path, name)}: ${reasonOf(content)}`, {
        code: 'unreadable',
      })
  }
  return { document, outside: named.map(({ path }) => JSON.stringify(path)), files: named.map(({ from }) => from) }
}

/** Where a key may stand in place of its file's name, only what looks like a name is shown. */
const showName = (report: Report, path: Path, name: string): string => {
  if (report.source.fromOutside(path)) return report.show(path, name)
  return /^[\w./@ -]{1,100}$/.test(name) ? JSON.stringify(name) : report.show(path, name)
}

/** Tools write comments before the first block. */
export const isPem = (text: string): boolean => text.includes('-----BEGIN ')

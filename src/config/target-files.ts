import { replaceAt } from '../spec/coerce.ts'
import type { Path } from '../spec/problem.ts'
import { type Report, valueAt } from '../spec/source.ts'
import { type ReadFile, readAll, reasonOf, resolveBeside } from './outside.ts'
import { readTargets } from './targets-document.ts'

/**
 * Makes the names of files with targets absolute, and looks once at what they hold: a gateway does not start without
 * targets. Whoever follows the files later keeps the last list that was right; `files` are those that need mending first.
 */
export const loadTargetFiles = async (
  report: Report,
  filled: unknown,
  file: string,
  readFile: ReadFile,
): Promise<{ readonly document: unknown; readonly files: readonly string[] }> => {
  const named = targetFiles(filled)
    .filter(({ path }) => !report.has(path))
    .map(({ path, name }) => ({ path, name, from: resolveBeside(file, name) }))
  const contents = await readAll(
    named.map(({ from }) => from),
    readFile,
  )
  let document = filled
  for (const { path, name, from } of named) {
    const content = contents.get(from)
    document = replaceAt(document, path, from)
    if (typeof content === 'string') checkTargets(report, path, content, name)
    else {
      report.add(path, `cannot read the file ${report.show(path, name)}: ${reasonOf(content)}`, {
        code: 'unreadable',
        hint: 'write a list of targets into it; the gateway starts with what it holds',
      })
    }
  }
  return { document, files: named.filter(({ path }) => report.has(path)).map(({ from }) => from) }
}

const targetFiles = (document: unknown): { path: Path; name: string }[] =>
  Object.keys(valueAt(document, ['services']) ?? {}).flatMap(service => {
    const path = ['services', service, 'discover', 'file']
    const name = valueAt(document, path)
    return typeof name === 'string' && EXTENSION.test(name) ? [{ path, name }] : []
  })

/** Other names are refused by the schema. */
const EXTENSION = /\.(ya?ml|json)$/

const checkTargets = (report: Report, path: Path, text: string, name: string): void => {
  try {
    readTargets(text, name)
  } catch (error) {
    // What a file holds whose name came from outside is not shown either.
    const told = error instanceof Error && !report.source.fromOutside(path) ? `: ${error.message}` : ''
    report.add(path, `is no list of targets${told}`)
  }
}

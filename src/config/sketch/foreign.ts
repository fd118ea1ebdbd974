import { parseDocument } from 'yaml'
import { isMap } from './clean.ts'

/** Text of other programs' files; the largest public OpenAPI documents that are written by hand are smaller. */
export const LONGEST = 4 * 1024 * 1024

/** As `parseYaml` has it. */
const MAX_ALIASES = 100

/** The map that a file of another program holds, in YAML or JSON; a sentence where it does not. Never throws. */
export const parseForeign = (text: string): Readonly<Record<string, unknown>> | string => {
  if (text.length > LONGEST) return 'is larger than 4 MiB'
  try {
    const value = /^\s*\{/.test(text) ? fromJson(text) : undefined
    const document = value ?? fromYaml(text)
    return isMap(document) ? document : 'is no map of keys'
  } catch (error) {
    return `cannot be read: ${error instanceof Error ? firstLine(error.message) : 'it is neither YAML nor JSON'}`
  }
}

/** Much faster than YAML, of which JSON is a part. */
const fromJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const fromYaml = (text: string): unknown => {
  const tree = parseDocument(text, { prettyErrors: false, merge: true, logLevel: 'silent', uniqueKeys: false })
  const [error] = tree.errors
  if (error !== undefined) throw error
  return tree.toJS({ maxAliasCount: MAX_ALIASES })
}

const firstLine = (text: string): string =>
  (text.split('\n')[0] ?? '').slice(0, 200).replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')

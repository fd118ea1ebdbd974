import { dirname, resolve } from 'node:path'
import type { Path } from '../spec/problem.ts'
import type { Report } from '../spec/source.ts'
import { closest } from '../spec/suggest.ts'

export type ReadFile = (file: string) => Promise<string>
export type Env = Readonly<Record<string, string | undefined>>

export interface World {
  /** The configuration; other files are relative to its folder. */
  readonly file: string
  readonly env: Env
  readonly readFile: ReadFile
}

export interface Filled {
  readonly document: unknown
  /** Paths, as JSON, of values that hold text from outside. */
  readonly outside: ReadonlySet<string>
  readonly files: readonly string[]
}

const REFERENCE = /\$\{([A-Za-z]+):([^}]*)\}/g

/** Replaces `${env:NAME}`, `${env:NAME:-default}` and `${file:path}` in every string of a document. */
export const fillReferences = async (report: Report, world: World): Promise<Filled> => {
  const texts: [Path, string][] = []
  eachText(report.source.document, [], new Set(), (path, text) => texts.push([path, text]))
  const files = new Set(texts.flatMap(([, text]) => fileReferences(text).map(name => resolveBeside(world.file, name))))
  const contents = await readAll([...files], world.readFile)
  const outside = new Set<string>()
  const fill = (path: Path, text: string): string => {
    const filled = text.replace(REFERENCE, (whole, scheme: string, rest: string) => {
      if (scheme === 'env') return fromEnv(report, path, rest, world.env) ?? whole
      if (scheme === 'file') return fromFile(report, path, rest, contents.get(resolveBeside(world.file, rest))) ?? whole
      warnAbout(report, path, scheme)
      return whole
    })
    if (filled !== text) outside.add(JSON.stringify(path))
    return filled
  }
  return { document: mapTexts(report.source.document, [], new Set(), fill), outside, files: [...files] }
}

export const resolveBeside = (file: string, name: string): string => resolve(dirname(file), name)

const fileReferences = (text: string): string[] =>
  [...text.matchAll(REFERENCE)].flatMap(([, scheme, rest = '']) => (scheme === 'file' ? [rest] : []))

/** As a shell does it: the default stands in for what is not set and for what is empty. */
const fromEnv = (report: Report, path: Path, reference: string, env: Env): string | undefined => {
  const [, name = '', fallback] = /^(.*?)(?::-(.*))?$/s.exec(reference) ?? []
  const value = env[name]
  if (fallback !== undefined) return value === undefined || value === '' ? fallback : value
  if (value === undefined) {
    report.add(path, `the environment variable "${name}" is not set`, {
      code: 'unset-variable',
      hint: `set it, or give a default: \${env:${name}:-...}`,
    })
  }
  return value
}

/** A file usually ends with a line break that is not meant. */
const fromFile = (
  report: Report,
  path: Path,
  name: string,
  content: string | Error | undefined,
): string | undefined => {
  if (typeof content === 'string') return content.replace(/\r?\n$/, '')
  report.add(path, `cannot read the file "${name}": ${reasonOf(content)}`, { code: 'unreadable' })
  return undefined
}

const warnAbout = (report: Report, path: Path, scheme: string): void => {
  const meant = closest(scheme, ['env', 'file'])
  if (meant === undefined) return
  report.add(path, `"\${${scheme}:...}" is not a reference`, {
    severity: 'warning',
    hint: `did you mean "\${${meant}:...}"?`,
  })
}

/** A file that is there but cannot serve; the message is the reason, in words for people. */
export class Unusable extends Error {}

/** What a failed read says to people. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof Unusable) return error.message
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS.get(code) ?? (code === '' ? 'it cannot be read' : code)
}

const REASONS = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'it is a directory'],
  ['ENOTDIR', 'part of the path is not a directory'],
  ['ELOOP', 'it is a link that leads back to itself'],
  ['ENAMETOOLONG', 'its name is too long'],
])

export const readAll = async (files: readonly string[], readFile: ReadFile): Promise<Map<string, string | Error>> => {
  const read = async (file: string): Promise<[string, string | Error]> => {
    try {
      return [file, await readFile(file)]
    } catch (error) {
      return [file, error instanceof Error ? error : new Error('unreadable')]
    }
  }
  return new Map(await Promise.all(files.map(read)))
}

type Inside = Set<object>

const eachText = (value: unknown, path: Path, inside: Inside, visit: (path: Path, text: string) => void): void => {
  mapTexts(value, path, inside, (at, text) => {
    visit(at, text)
    return text
  })
}

/** A copy with every string replaced. A value that holds itself is left as it is: the checks refuse it. */
const mapTexts = (
  value: unknown,
  path: Path,
  inside: Inside,
  replace: (path: Path, text: string) => string,
): unknown => {
  if (typeof value === 'string') return replace(path, value)
  if (!isTree(value) || inside.has(value)) return value
  inside.add(value)
  const copy = Array.isArray(value)
    ? value.map((item, i) => mapTexts(item, [...path, i], inside, replace))
    : Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, mapTexts(item, [...path, key], inside, replace)]),
      )
  inside.delete(value)
  return copy
}

/** Lists and plain maps; anything else is refused later, as it is. */
const isTree = (value: unknown): value is object => {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
}

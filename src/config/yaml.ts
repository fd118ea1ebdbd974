import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml'
import type { Path, Place, Problem } from '../spec/problem.ts'
import type { ParsedDocument } from './document.ts'

/** Weighted by size: what a document of aliases to aliases may grow to. */
const MAX_ALIASES = 100

/** YAML 1.2 with merge keys; duplicate keys are errors. `file` is what places are called. */
export const parseYaml = (text: string, file: string): ParsedDocument => {
  const lines = new LineCounter()
  const tree = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, merge: true })
  const placeOf = placer(lines, file)
  const locate = (path: Path, on: 'key' | 'value'): Place | undefined => placeOf(nodeAt(tree, path, on))
  const problems = [...tree.errors, ...tree.warnings].map(error => problemOf(error, text, placeOf))
  if (tree.errors.some(error => error.code !== 'DUPLICATE_KEY')) return { problems: problems.slice(0, 1), locate }
  try {
    return { document: tree.toJS({ maxAliasCount: MAX_ALIASES }), problems, locate }
  } catch (error) {
    const message = error instanceof Error ? lowerFirst(error.message) : 'cannot be read'
    return {
      problems: [...problems, { severity: 'error', code: 'syntax', path: [], message, ...placed(placeOf([0, 1])) }],
      locate,
    }
  }
}

type Span = readonly [start: number, end: number]

const placer =
  (lines: LineCounter, file: string) =>
  (span: Span | undefined): Place | undefined => {
    if (span === undefined) return undefined
    const start = lines.linePos(span[0])
    const end = lines.linePos(span[1])
    const length = start.line === end.line ? end.col - start.col : 1
    return { file, line: Math.max(1, start.line), column: Math.max(1, start.col), length: Math.max(1, length) }
  }

const placed = (place: Place | undefined): { place?: Place } => (place === undefined ? {} : { place })

/** Follows the path as far as it goes. */
const nodeAt = (tree: Document, path: Path, on: 'key' | 'value'): Span | undefined => {
  let node: unknown = tree.contents
  let span = spanOf(node)
  for (const [i, step] of path.entries()) {
    const inner = isAlias(node) ? node.resolve(tree) : node
    const pair = isMap(inner) ? inner.items.find(item => keyText(item.key) === String(step)) : undefined
    const next = pair?.value ?? (isSeq(inner) ? inner.items[Number(step)] : undefined)
    if (pair === undefined && next === undefined) return span
    const wantsKey = on === 'key' && i === path.length - 1
    span = (wantsKey ? undefined : spanOf(next)) ?? spanOf(pair?.key) ?? spanOf(next) ?? span
    node = next
  }
  return span
}

const keyText = (key: unknown): string => (isScalar(key) ? String(key.value) : String(key))

/** Of a collection only the start is marked: the rest would be a page. */
const spanOf = (node: unknown): Span | undefined => {
  const range = (node as Node | null | undefined)?.range
  if (range === null || range === undefined || range[0] === range[1]) return undefined
  return isScalar(node) || isAlias(node) ? [range[0], range[1]] : [range[0], range[0] + 1]
}

const problemOf = (error: YAMLError, text: string, placeOf: (span: Span) => Place | undefined): Problem => ({
  severity: error.name === 'YAMLWarning' ? 'warning' : 'error',
  code: error.code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'syntax',
  path: [],
  ...explain(error, text.slice(...error.pos)),
  ...placed(placeOf(error.pos)),
})

interface Explained {
  readonly message: string
  readonly hint?: string
}

const explain = (error: YAMLError, at: string): Explained => {
  if (error.code === 'UNEXPECTED_TOKEN' && at.startsWith('{')) {
    return { message: 'a "{" within text starts a map here', hint: 'put the text in quotes: "/orders/{id}"' }
  }
  return EXPLAINED.get(error.code)?.(at) ?? { message: lowerFirst(error.message) }
}

const EXPLAINED = new Map<string, (at: string) => Explained>([
  ['DUPLICATE_KEY', () => ({ message: DUPLICATE_KEY })],
  ['MULTIPLE_DOCS', () => ({ message: 'only one document ("---") is allowed' })],
  ['NON_STRING_KEY', () => ({ message: 'keys must be text' })],
  ['RESOURCE_EXHAUSTION', () => ({ message: 'is nested too deeply' })],
  ['BAD_SCALAR_START', at => ({ message: `a value that starts with ${at} must be in quotes` })],
])

export const DUPLICATE_KEY = 'this key is there twice'

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

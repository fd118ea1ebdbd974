import type { Path, Place } from '../spec/problem.ts'

/**
 * Where the values of a configuration module are written, as far as a look at its literals tells: the default export,
 * through `defineConfig(...)`, `aggregate(...)` and its branches, and constants of the module. What is computed is placed
 * at what computes it.
 */
export const locateLiterals = (
  text: string,
  file: string,
): ((path: Path, on: 'key' | 'value') => Place | undefined) => {
  const tokens = tokenize(text)
  const root = exported(tokens)
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map(found => found.index + 1)]
  return (path, on) => {
    const token = root === undefined ? undefined : follow(root, path, on)
    if (token === undefined) return undefined
    const line = lineStarts.findLastIndex(start => start <= token.at)
    const multiline = token.text.includes('\n')
    return { file, line: line + 1, column: token.at - lineStarts[line]! + 1, length: multiline ? 1 : token.text.length }
  }
}

interface Token {
  readonly text: string
  readonly at: number
}

interface Literal {
  /** The first token of the value. */
  readonly token: Token
  readonly members: Map<string | number, Member>
}

interface Member {
  readonly key: Token
  readonly value: Literal
}

/** Comments and white space are dropped; a string is one token. */
const tokenize = (text: string): Token[] =>
  [...text.matchAll(TOKEN)].flatMap(found => (found[1] === undefined ? [] : [{ text: found[1], at: found.index }]))

const TOKEN =
  /\s+|\/\/.*|\/\*[\s\S]*?\*\/|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`|\.\.\.|[\w$.-]+|[\s\S])/g

const follow = (root: Literal, path: Path, on: 'key' | 'value'): Token => {
  let literal = root
  for (const [i, step] of path.entries()) {
    const member = literal.members.get(step)
    if (member === undefined) return literal.token
    if (on === 'key' && i === path.length - 1) return member.key
    literal = member.value
  }
  return literal.token
}

const exported = (tokens: readonly Token[]): Literal | undefined => {
  const at = tokens.findIndex((token, i) => token.text === 'export' && tokens[i + 1]?.text === 'default')
  return at < 0 ? undefined : readValue({ tokens, next: at + 2, depth: 0 })
}

interface Cursor {
  readonly tokens: readonly Token[]
  next: number
  /** Of constants within constants: they may refer to each other. */
  readonly depth: number
}

const textAt = (cursor: Cursor, ahead = 0): string => cursor.tokens[cursor.next + ahead]?.text ?? ''

/** Reads a value, and passes over what follows it up to the next comma or closing bracket. */
const readValue = (cursor: Cursor): Literal | undefined => {
  const token = cursor.tokens[cursor.next]
  if (token === undefined) return undefined
  const literal =
    token.text === '{'
      ? readMap(cursor, token)
      : token.text === '['
        ? readList(cursor, token)
        : textAt(cursor, 1) === '('
          ? readCall(cursor, token)
          : readOther(cursor, token)
  skipExpression(cursor)
  return literal
}

/** Functions of ours whose value is made of what they are given. */
const readCall = (cursor: Cursor, token: Token): Literal => {
  const name = token.text
  const isPart = name === 'required' || name === 'optional'
  if (!isPart && name !== 'defineConfig' && name !== 'aggregate') return { token, members: new Map() }
  const question = isPart ? readQuestion(cursor.tokens, cursor.next + 2) : []
  cursor.next += 2
  const [first, second] = readArguments(cursor)
  if (!isPart) return first ?? { token, members: new Map() }
  return { token, members: new Map([...question, ...(second?.members ?? [])]) }
}

/** Up to the bracket behind them. */
const readArguments = (cursor: Cursor): Literal[] => {
  const literals: Literal[] = []
  while (cursor.next < cursor.tokens.length && textAt(cursor) !== ')') {
    const literal = readValue(cursor)
    if (literal !== undefined) literals.push(literal)
    if (textAt(cursor) === ',') cursor.next++
    else if (textAt(cursor) !== ')') break
  }
  cursor.next++
  return literals
}

/** `users.get('/path'`: which service, and the path there. */
const readQuestion = (tokens: readonly Token[], at: number): [string, Member][] => {
  const [call, bracket, path] = tokens.slice(at, at + 3)
  if (call === undefined || path === undefined || bracket?.text !== '(' || !/^["'`]/.test(path.text)) return []
  return [
    ['to', { key: call, value: { token: call, members: new Map() } }],
    ['path', { key: path, value: { token: path, members: new Map() } }],
  ]
}

const readOther = (cursor: Cursor, token: Token): Literal => {
  const alone =
    [',', '}', ']', ')', ';', ''].includes(textAt(cursor, 1)) || cursor.tokens[cursor.next + 1]?.text === 'as'
  const constant = alone && cursor.depth < 5 ? readConstant(cursor, token.text) : undefined
  return constant ?? { token, members: new Map() }
}

/** `const name = value` or `const name: Type = value` anywhere in the module. */
const readConstant = ({ tokens, depth }: Cursor, name: string): Literal | undefined => {
  const at = tokens.findIndex((token, i) => token.text === 'const' && tokens[i + 1]?.text === name)
  const assign = at < 0 ? -1 : tokens.findIndex((token, i) => i > at && token.text === '=')
  return assign < 0 ? undefined : readValue({ tokens, next: assign + 1, depth: depth + 1 })
}

const readMap = (cursor: Cursor, token: Token): Literal => {
  const members: Literal['members'] = new Map()
  cursor.next++
  while (cursor.next < cursor.tokens.length && textAt(cursor) !== '}') {
    const key = cursor.tokens[cursor.next]!
    const named = /^["'\w$]/.test(key.text) && [':', ',', '}'].includes(textAt(cursor, 1))
    if (named && textAt(cursor, 1) === ':') cursor.next += 2
    const value = readValue(cursor)
    if (named && value !== undefined) members.set(key.text.replace(/^(["'])(.*)\1$/, '$2'), { key, value })
    if (textAt(cursor) === ',') cursor.next++
    else if (textAt(cursor) !== '}') break
  }
  cursor.next++
  return { token, members }
}

const readList = (cursor: Cursor, token: Token): Literal => {
  const members: Literal['members'] = new Map()
  cursor.next++
  for (let i = 0; cursor.next < cursor.tokens.length && textAt(cursor) !== ']'; i++) {
    // Nobody knows how many items a spread stands for.
    if (textAt(cursor) === '...') i = Number.NaN
    const key = cursor.tokens[cursor.next]!
    const value = readValue(cursor)
    if (value !== undefined && !Number.isNaN(i)) members.set(i, { key, value })
    if (textAt(cursor) === ',') cursor.next++
    else if (textAt(cursor) !== ']') break
  }
  cursor.next++
  return { token, members }
}

const skipExpression = (cursor: Cursor): void => {
  for (let depth = 0; cursor.next < cursor.tokens.length; cursor.next++) {
    const text = textAt(cursor)
    if (depth === 0 && /^[,;)}\]]$/.test(text)) return
    if (/^[({[]$/.test(text)) depth++
    else if (/^[)}\]]$/.test(text)) depth--
  }
}

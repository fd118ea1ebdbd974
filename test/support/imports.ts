import { type Token, tokens } from './tokens.ts'

/**
 * The modules a file names, in order, each as often as it is named: `import` in every form (types, side effects, calls,
 * types in the form `import('x').Y`) and `export … from`. A call whose argument is not a plain string is left out.
 */
export const importsOf = (source: string): readonly string[] => {
  const list = tokens(source)
  const found: string[] = []
  for (let i = 0; i < list.length; i++) {
    if (isText(list[i - 1], '.')) continue
    const specifier = isWord(list[i], 'import')
      ? importedBy(list, i + 1)
      : isWord(list[i], 'export')
        ? reexportedBy(list, i + 1)
        : undefined
    if (specifier !== undefined) found.push(specifier)
  }
  return found
}

const importedBy = (list: readonly Token[], at: number): string | undefined => {
  const first = list[at]
  if (first?.kind === 'string') return first.text
  if (isText(first, '(')) return stringAt(list, at + 1)
  // `import.meta`, or a property named `import`.
  if (first === undefined || !(first.kind === 'word' || first.text === '{' || first.text === '*')) return undefined
  return fromClause(list, at)
}

const reexportedBy = (list: readonly Token[], at: number): string | undefined => {
  const start = isWord(list[at], 'type') ? at + 1 : at
  return isText(list[start], '{') || isText(list[start], '*') ? fromClause(list, start) : undefined
}

/** The string after `from`; only what a clause may hold (names, `as`, braces, commas, a star) may come before it. */
const fromClause = (list: readonly Token[], start: number): string | undefined => {
  for (let i = start; i < list.length; i++) {
    const token = list[i]!
    if (isWord(token, 'from') && list[i + 1]?.kind === 'string') return stringAt(list, i + 1)
    // An `export {}` without `from` ends at its brace.
    if (token.text === '}' && token.kind === 'mark' && !isWord(list[i + 1], 'from')) return undefined
    if (token.kind === 'mark' && !'{},*'.includes(token.text)) return undefined
  }
  return undefined
}

const stringAt = (list: readonly Token[], at: number): string | undefined =>
  list[at]?.kind === 'string' ? list[at].text : undefined

const isWord = (token: Token | undefined, text: string): boolean => token?.kind === 'word' && token.text === text
const isText = (token: Token | undefined, text: string): boolean => token?.kind === 'mark' && token.text === text

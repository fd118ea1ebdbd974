import { type Token, tokens } from './tokens.ts'

const DECLARES = new Set(['const', 'let', 'function', 'class', 'interface', 'type'])
const MODIFIERS = new Set(['async', 'abstract', 'declare'])

/** The names a file exports, values and types, sorted. `export *` gives `* from <module>`, so that it stands out. */
export const exportsOf = (source: string): readonly string[] => {
  const list = tokens(source)
  const names: string[] = []
  for (let i = 0; i < list.length; i++) {
    if (list[i]!.kind === 'word' && list[i]!.text === 'export' && list[i - 1]?.text !== '.') {
      names.push(...exportedAt(list, i + 1))
    }
  }
  return names.sort()
}

const exportedAt = (list: readonly Token[], start: number): readonly string[] => {
  let at = start
  if (list[at]?.text === 'type' && list[at + 1]?.text === '{') at += 1
  const first = list[at]?.text
  if (first === '{') return listed(list, at + 1)
  if (first === '*') return [list[at + 1]?.text === 'as' ? list[at + 2]!.text : `* from ${list[at + 2]?.text}`]
  if (first === 'default') return ['default']
  while (MODIFIERS.has(list[at]?.text ?? '')) at += 1
  if (list[at]?.text === 'function' && list[at + 1]?.text === '*') at += 1
  return DECLARES.has(list[at]?.text ?? '') || list[at]?.text === '*' ? [list[at + 1]!.text] : []
}

/** `a, type B, c as d }`: what stands last in each entry. */
const listed = (list: readonly Token[], start: number): readonly string[] => {
  const names: string[] = []
  for (let i = start; i < list.length && list[i]!.text !== '}'; i++) {
    const next = list[i + 1]?.text
    if (list[i]!.text !== ',' && (next === ',' || next === '}')) names.push(list[i]!.text)
  }
  return names
}

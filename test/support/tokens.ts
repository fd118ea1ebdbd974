/** A token of TypeScript source; comments, regular expressions and the text of templates are left out. */
export interface Token {
  readonly kind: 'word' | 'string' | 'mark'
  /** The word, the string's content without quotes, or one punctuation character. */
  readonly text: string
}

// Words after which a slash begins a regular expression. After any other word it divides.
const BEFORE_REGEX = new Set(['return', 'typeof', 'case', 'do', 'else', 'in', 'of', 'void', 'throw', 'await', 'yield'])

const SPACE = /\s+/y
const LINE_COMMENT = /\/\/[^\n]*|#![^\n]*/y
const BLOCK_COMMENT = /\/\*[\s\S]*?\*\//y
const WORD = /[\p{ID_Start}$_\d#][\p{ID_Continue}$\u200c\u200d]*/uy
const STRING = /'((?:[^'\\\n]|\\[\s\S])*)'|"((?:[^"\\\n]|\\[\s\S])*)"/y
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const TEMPLATE_TEXT = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y

/**
 * Splits source into tokens, exactly enough to find imports and exports in it: nothing inside a comment, a string, a
 * template's text or a regular expression is mistaken for code, and code inside `${}` is not missed.
 */
export const tokens = (source: string): readonly Token[] => {
  const out: Token[] = []
  // For each open template, how many braces are open inside its current `${}`.
  const templates: number[] = []
  let at = 0

  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(source)
    if (found !== null) at += found[0].length
    return found
  }
  const mark = (text: string): void => {
    at += 1
    out.push({ kind: 'mark', text })
  }
  /** Reads a template's text up to its end or to its next `${}`. */
  const templateText = (): void => {
    take(TEMPLATE_TEXT)
    if (source.startsWith('${', at)) {
      at += 2
      templates.push(0)
    } else {
      at += 1
      // Stands for the whole value, so that a slash after it divides.
      out.push({ kind: 'mark', text: '`' })
    }
  }
  const brace = (text: '{' | '}'): void => {
    const open = templates.at(-1)
    if (text === '}' && open === 0) {
      templates.pop()
      at += 1
      templateText()
    } else {
      if (open !== undefined) templates[templates.length - 1] = open + (text === '{' ? 1 : -1)
      mark(text)
    }
  }

  while (at < source.length) {
    if (take(SPACE) || take(LINE_COMMENT) || take(BLOCK_COMMENT)) continue
    const word = take(WORD)
    if (word !== null) {
      out.push({ kind: 'word', text: word[0] })
      continue
    }
    const string = take(STRING)
    if (string !== null) {
      out.push({ kind: 'string', text: string[1] ?? string[2] ?? '' })
      continue
    }
    if (source[at] === '/' && regexMayFollow(out.at(-1)) && take(REGEX)) continue
    const char = source[at]!
    if (char === '`') {
      at += 1
      templateText()
    } else if (char === '{' || char === '}') brace(char)
    else mark(char)
  }
  return out
}

const regexMayFollow = (before: Token | undefined): boolean => {
  if (before === undefined) return true
  if (before.kind === 'word') return BEFORE_REGEX.has(before.text)
  return before.kind === 'mark' && !')]}`'.includes(before.text)
}

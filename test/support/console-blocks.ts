/** A command that a page shows, and what it is said to answer. */
export interface Shown {
  readonly command: string
  /** Lines; `...` stands for anything within a line and, alone, for any number of lines. */
  readonly expected: string
}

export interface Block {
  readonly language: string
  readonly text: string
  /** Counted from 1, for messages. */
  readonly line: number
}

/** The fenced blocks of a Markdown page, in order. */
export const fencedBlocks = (page: string): readonly Block[] => {
  const blocks: Block[] = []
  for (const found of page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)) {
    const [, language = '', text = ''] = found
    blocks.push({ language, text, line: page.slice(0, found.index).split('\n').length })
  }
  return blocks
}

/** What `console` blocks show: `$ ` begins a command, `\` at the end of a line continues it, the rest is its output. */
export const shownIn = (page: string): readonly Shown[] =>
  fencedBlocks(page)
    .filter(({ language }) => language === 'console')
    .flatMap(({ text }) =>
      text
        .split(/^\$ /m)
        .slice(1)
        .map(part => {
          const command = /^(?:.*\\\n)*.*/.exec(part)?.[0] ?? ''
          return { command, expected: part.slice(command.length + 1) }
        }),
    )

/** Whether output is what was shown. Carriage returns and space at the ends of lines do not show, and do not count. */
export const looksLike = (actual: string, expected: string): boolean => patternOf(tidy(expected)).test(tidy(actual))

const tidy = (text: string): string => `${text.replace(/[ \t\r]+$/gm, '').replace(/\n+$/, '')}\n`

const patternOf = (expected: string): RegExp => {
  const lines = expected.slice(0, -1).split('\n')
  return new RegExp(`^${lines.map(line => (line === '...' ? '(?:.*\\n)*?' : `${anything(line)}\\n`)).join('')}$`)
}

const anything = (line: string): string => line.split('...').map(escapeRegExp).join('.*')

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')

import { styleText } from 'node:util'
import { type Place, type Problem, showPath, showPlace } from '../spec/problem.ts'

export interface RenderOptions {
  readonly colour: boolean
  /** The text of a file that a place names, or undefined. */
  readonly readSource: (file: string) => string | undefined
}

/** Problems as a good compiler shows them: place, message, the line with what is wrong underlined, what to do. */
export const renderProblems = (problems: readonly Problem[], options: RenderOptions): string => {
  const paint = painter(options.colour)
  const linesOf = lineReader(options.readSource)
  const blocks = problems.map(problem => renderProblem(problem, paint, linesOf))
  return [...blocks, `${countProblems(problems)}\n`].join('\n')
}

/** `2 errors, 1 warning`. */
export const countProblems = (problems: readonly Problem[]): string => {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  return [plural(errors, 'error'), plural(problems.length - errors, 'warning')].filter(text => text !== '').join(', ')
}

const plural = (count: number, noun: string): string => (count === 0 ? '' : `${count} ${noun}${count === 1 ? '' : 's'}`)

/** Whether to colour what goes to a stream: only for people, and not for those who said no (no-color.org). */
export const wantsColour = (
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean => stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'

type Style = 'red' | 'yellow' | 'cyan' | 'bold' | 'dim'
type Paint = (style: Style, text: string) => string

const painter =
  (colour: boolean): Paint =>
  (style, text) =>
    colour ? styleText(style, text, { validateStream: false }) : text

const renderProblem = (problem: Problem, paint: Paint, linesOf: (file: string) => readonly string[]): string => {
  const { severity, path, message, hint, place } = problem
  const where = place === undefined ? '' : `${paint('bold', showPlace(place))}: `
  const kind = paint(severity === 'error' ? 'red' : 'yellow', severity)
  const subject = path.length === 0 ? '' : `${showPath(path)}: `
  const picture = place === undefined ? [] : renderPlace(place, linesOf(place.file), paint, severity)
  const advice = hint === undefined ? [] : [`${paint('cyan', '  hint:')} ${hint}`]
  return [`${where}${kind}: ${paint('bold', subject + message)}`, ...picture, ...advice, ''].join('\n')
}

/** Wider lines are cut around what matters. */
const WIDTH = 100

const renderPlace = (place: Place, lines: readonly string[], paint: Paint, severity: Problem['severity']): string[] => {
  const line = withoutSecrets(lines[place.line - 1], place)
  if (line === undefined || line.trim() === '') return []
  const start = Math.max(0, Math.min(place.column - WIDTH / 2, line.length - WIDTH))
  const shown = line.slice(start, start + WIDTH)
  const column = place.column - 1 - start
  const length = Math.max(1, Math.min(place.length ?? 1, shown.length - column))
  const number = String(place.line)
  // Tabs stay tabs, so that the mark stands under its text however wide they are.
  const indent = shown.slice(0, column).replace(/[^\t]/g, ' ').padEnd(column)
  const mark = paint(severity === 'error' ? 'red' : 'yellow', '^'.repeat(length))
  return [
    `${paint('dim', `  ${number} |`)} ${printable(shown)}`,
    `${paint('dim', `  ${' '.repeat(number.length)} |`)} ${indent}${mark}`,
  ]
}

const withoutSecrets = (line: string | undefined, { hidden = [] }: Place): string | undefined =>
  hidden.reduce((text, { column, length }) => {
    if (text === undefined) return undefined
    const end = Math.min(text.length, column - 1 + length)
    return text.slice(0, column - 1) + '*'.repeat(Math.max(0, end - column + 1)) + text.slice(end)
  }, line)

/** A file cannot move the cursor of whoever looks at its mistakes. */
const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '?')

const lineReader = (readSource: RenderOptions['readSource']): ((file: string) => readonly string[]) => {
  const known = new Map<string, readonly string[]>()
  return file => {
    const lines = known.get(file) ?? readSource(file)?.split(/\r?\n/) ?? []
    known.set(file, lines)
    return lines
  }
}

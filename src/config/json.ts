import type { Place } from '../spec/problem.ts'
import { type ParsedDocument, unreadable } from './document.ts'
import { DUPLICATE_KEY, parseYaml } from './yaml.ts'

/** JSON, strictly; positions and duplicate keys come from the YAML parser, which reads JSON too. */
export const parseJson = (text: string, file: string): ParsedDocument => {
  try {
    const document: unknown = JSON.parse(text)
    const { problems, locate } = parseYaml(text, file)
    return { document, problems: problems.filter(problem => problem.message === DUPLICATE_KEY), locate }
  } catch (error) {
    return unreadable(syntaxProblem(text, file, error))
  }
}

const syntaxProblem = (text: string, file: string, error: unknown): { message: string; place: Place; hint: string } => {
  const told = error instanceof Error ? error.message : ''
  return {
    message: `is not JSON: ${told.replace(/(, (\.\.\.)?"| in JSON at| at position| \(line)[\s\S]*$/, '')}`,
    hint: 'JSON has no comments and no trailing commas',
    place: toldPlace(text, file, told) ?? parseYaml(text, file).problems[0]?.place ?? { file, line: 1, column: 1 },
  }
}

/** V8 tells the position of some mistakes; most others are mistakes in YAML as well. */
const toldPlace = (text: string, file: string, told: string): Place | undefined => {
  const position = /at position (\d+)/.exec(told)?.[1]
  if (position === undefined && !told.startsWith('Unexpected end')) return undefined
  const before = text.slice(0, position === undefined ? text.trimEnd().length : Number(position)).split('\n')
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Problem } from '../spec/problem.ts'
import { renderProblems, wantsColour } from './problems.ts'

/** Shows problems on standard error, with the lines they are about. */
export const printProblems = (problems: readonly Problem[]): void => {
  if (problems.length === 0) return
  const colour = wantsColour(process.stderr, process.env)
  process.stderr.write(renderProblems(problems, { colour, readSource }))
}

const readSource = (file: string): string | undefined => {
  try {
    return readFileSync(resolve(file), 'utf8')
  } catch {
    return undefined
  }
}

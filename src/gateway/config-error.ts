import { type Problem, showProblem } from '../spec/problem.ts'

/** A configuration that is not served, with everything that is wrong with it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'SALLYPORT_CONFIG'
  /** In the order of the configuration; only what keeps it from being served. */
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly Problem[]) {
    const errors = problems.filter(({ severity }) => severity === 'error')
    const many = errors.length === 1 ? 'a mistake' : `${errors.length} mistakes`
    super(`the configuration has ${many}:\n${errors.map(problem => `  ${showProblem(problem)}`).join('\n')}`)
    this.problems = errors.map(({ path, message, hint, place }) => ({
      path,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(place === undefined ? {} : { place: { file: place.file, line: place.line, column: place.column } }),
    }))
  }
}

/** One mistake. */
export interface ConfigProblem {
  /** Where in the configuration, e.g. `['routes', 3, 'to']`; empty: all of it. */
  readonly path: readonly (string | number)[]
  readonly message: string
  /** What would be right. */
  readonly hint?: string
  /** In a file; both numbers count from 1. */
  readonly place?: { readonly file: string; readonly line: number; readonly column: number }
}

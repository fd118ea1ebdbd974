import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { type Loaded, loadConfig } from '../config/load.ts'
import { codeOf, type Problem, showPath } from '../spec/problem.ts'
import { EXIT } from './exit.ts'
import { renderProblems, wantsColour } from './problems.ts'
import { summarize } from './summary.ts'

export interface CheckOptions {
  /** Warnings count as errors. */
  readonly strict?: boolean
  readonly json?: boolean
}

export interface Terminal {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean }
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean }
}

/** Checks a configuration without starting anything. Resolves to the exit code. */
export const check = async (
  file?: string,
  { strict = false, json = false }: CheckOptions = {},
  terminal: Terminal = { cwd: process.cwd(), env: process.env, stdout: process.stdout, stderr: process.stderr },
): Promise<number> => {
  const loaded = await loadConfig({ file, cwd: terminal.cwd, env: terminal.env })
  const problems = strict ? loaded.problems.map(asError) : loaded.problems
  const fine = loaded.spec !== undefined && !problems.some(({ severity }) => severity === 'error')
  if (json) terminal.stdout.write(asJson(loaded, problems, fine))
  else tell(loaded, problems, fine, terminal)
  return fine ? EXIT.ok : EXIT.failed
}

const asError = (problem: Problem): Problem => ({ ...problem, code: codeOf(problem), severity: 'error' })

const tell = ({ file, spec }: Loaded, problems: readonly Problem[], fine: boolean, terminal: Terminal): void => {
  const { cwd, env, stdout, stderr } = terminal
  if (problems.length > 0) {
    stderr.write(renderProblems(problems, { colour: wantsColour(stderr, env), readSource: sourceReader(cwd) }))
  }
  if (fine && spec !== undefined) stdout.write(`${relative(cwd, file)} is fine.\n\n${summarize(spec)}`)
}

const sourceReader =
  (cwd: string) =>
  (file: string): string | undefined => {
    try {
      return readFileSync(resolve(cwd, file), 'utf8')
    } catch {
      return undefined
    }
  }

/** Documented in docs/guide/cli.md: names are not changed, and lines of the file, which may hold secrets, are not in it. */
const asJson = ({ file, spec }: Loaded, problems: readonly Problem[], ok: boolean): string => {
  const told = problems.map(problem => ({
    severity: problem.severity,
    code: codeOf(problem),
    path: showPath(problem.path),
    message: problem.message,
    hint: problem.hint,
    file: problem.place?.file,
    line: problem.place?.line,
    column: problem.place?.column,
  }))
  const counts = spec && {
    listeners: spec.listeners.length,
    services: spec.services.length,
    routes: spec.routes.length,
    auth: spec.auth.length,
    consumers: spec.consumers.length,
  }
  return `${JSON.stringify({ file, ok, problems: told, ...counts }, null, 2)}\n`
}

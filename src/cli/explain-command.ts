import { loadConfig } from '../config/load.ts'
import { chainOf } from '../runtime/builtins.ts'
import { CommandError, EXIT } from './exit.ts'
import { explain } from './explain.ts'
import { printProblems } from './print-problems.ts'
import { countProblems } from './problems.ts'

export interface ExplainOptions {
  readonly method: string
  readonly url: string
  /** As written after `-H`: `name: value`. */
  readonly headers: readonly string[]
  /** Name; the first one unless given. */
  readonly listener: string | undefined
  readonly config: string | undefined
}

/** Prints which route a request takes and why. Resolves to 0 when one does, else to 1. */
export const explainCommand = async ({ method, url, headers, listener, config }: ExplainOptions): Promise<number> => {
  const fields = headers.map(readField)
  const { spec, problems } = await loadConfig({ file: config, cwd: process.cwd(), env: process.env })
  if (spec === undefined) {
    printProblems(problems)
    throw new CommandError(`nothing to explain: ${countProblems(problems)}`)
  }
  if (listener !== undefined && !spec.listeners.some(({ name }) => name === listener)) {
    const names = spec.listeners.map(({ name }) => name).join(', ')
    throw new CommandError(`there is no listener "${listener}"; there are: ${names}`, EXIT.usage)
  }
  const asked = { method, url, headers: fields, ...(listener === undefined ? {} : { listener }) }
  const { text, matched } = explain(spec, asked, route => chainOf(route, spec))
  process.stdout.write(text)
  return matched ? EXIT.ok : EXIT.failed
}

const readField = (line: string): readonly [string, string] => {
  const colon = line.indexOf(':')
  if (colon < 1) throw new CommandError(`-H "${line}" is not a header; write "name: value"`, EXIT.usage)
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
}

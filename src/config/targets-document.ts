import { extname } from 'node:path'
import { parseEndpoint } from '../spec/endpoint.ts'
import { reportIssues } from '../spec/issues.ts'
import { inOrder, type Problem, showPath, showProblem } from '../spec/problem.ts'
import { endpoints as endpointsSchema } from '../spec/schema/endpoints.ts'
import { type Report, startReport } from '../spec/source.ts'
import type { EndpointSpec } from '../spec/spec.ts'
import { parseJson } from './json.ts'
import { parseYaml } from './yaml.ts'

/** A file of mistakes is not to fill the log. */
const MOST_TOLD = 5

/** Several times what 1024 targets need, which is all that are used. The main thread reads it: 10 MB take it 7 s. */
const LONGEST = 1024 * 1024

/** The targets that a list in YAML or JSON names. Throws an error that tells its mistakes and where they are. */
export const readTargets = (text: string, file: string): readonly EndpointSpec[] => {
  if (text.length > LONGEST) throw new Error(`is larger than 1 MiB (${file}:1:1)`)
  const parse = extname(file) === '.json' ? parseJson : parseYaml
  const { document, problems, locate } = parse(text.replace(/^\uFEFF/, ''), file)
  const report = startReport({ document, locate, fromOutside: () => false })
  const targets = document === undefined ? [] : targetsOf(report)
  const mistakes = [...problems, ...report.problems].filter(({ severity }) => severity === 'error')
  if (mistakes.length > 0) throw new Error(tell(inOrder(mistakes), file))
  return targets
}

const targetsOf = (report: Report): readonly EndpointSpec[] => {
  const shape = endpointsSchema.safeParse(report.source.document)
  if (!shape.success) {
    reportIssues(report, endpointsSchema, shape.error.issues)
    return []
  }
  const first = new Map<string, number>()
  return shape.data.flatMap(({ url, weight, priority }, i) => {
    const parsed = parseEndpoint(url, weight, priority)
    const twin = first.get(url)
    first.set(url, twin ?? i)
    if ('error' in parsed) report.add([i], parsed.error)
    else if (twin !== undefined) report.add([i], `is the same target as ${showPath([twin])}`)
    else return [parsed]
    return []
  })
}

const tell = (problems: readonly Problem[], file: string): string => {
  const told = problems
    .slice(0, MOST_TOLD)
    .map(problem => showProblem({ ...problem, place: problem.place ?? { file, line: 1, column: 1 } }))
  const more = problems.length - told.length
  return `${told.join(', ')}${more > 0 ? `, and ${more} more` : ''}`
}

import type { Figure } from './figures.ts'
import type { IdleFigure } from './idle.ts'
import type { Machine } from './machine.ts'

/** One work as it was measured in one run: all its peers, who are compared with each other. */
export interface Part {
  readonly work: string
  /** When the run began, UTC, to the minute. */
  readonly date: string
  /** As many as were done. */
  readonly rounds: number
  /** Of one measurement. */
  readonly seconds: number
  readonly upstream: string
  /** Requests per second of the work at half load; 0 for the others. */
  readonly halfRate: number
  /** Share of the machine's CPU time that its hypervisor gave to others meanwhile. */
  readonly stolen: number
  /** A line each. */
  readonly skipped: readonly string[]
  readonly figures: readonly Figure[]
}

/** What was measured of one commit on one machine, in one run or several. */
export interface Results {
  readonly machine: Machine
  readonly parts: readonly Part[]
  readonly idle: readonly IdleFigure[]
}

export const figuresOf = (results: Results): readonly Figure[] => results.parts.flatMap(part => part.figures)

/**
 * `later` put into `earlier`: a work that was measured again replaces the whole of what was there, since a ratio is worth
 * nothing between runs. Throws when they are not of the same commit on the same machine with the same programs.
 */
export const merged = (earlier: Results, later: Results): Results => {
  const again = new Set(later.parts.map(part => part.work))
  return {
    machine: together(earlier.machine, later.machine),
    parts: [...earlier.parts.filter(part => !again.has(part.work)), ...later.parts],
    idle: later.idle.length > 0 ? later.idle : earlier.idle,
  }
}

/** Throws when figures of one do not belong beside those of the other; what only one of them has installed is kept. */
export const together = (earlier: Machine, later: Machine): Machine => {
  for (const what of ['commit', 'cpu', 'cores', 'memoryGb', 'kernel'] as const) {
    if (earlier[what] !== later[what]) {
      throw new Error(
        `the results that are there are of another machine or commit (${what}: ${earlier[what]}); remove them`,
      )
    }
  }
  const versions = new Map(earlier.versions.map(line => [programOf(line), line]))
  for (const line of later.versions) {
    const other = versions.get(programOf(line))
    if (other !== undefined && other !== line)
      throw new Error(`the results that are there are of ${other}; remove them`)
    versions.set(programOf(line), line)
  }
  return { ...later, versions: [...versions.values()] }
}

const programOf = (line: string): string => line.slice(0, line.lastIndexOf(' '))

/** JSON with a figure a line, so that a difference can be read; four significant digits, no machine measures more. */
export const asJson = ({ machine, parts, idle }: Results): string => {
  const line = (value: unknown): string => JSON.stringify(value, rounded)
  const lines = (values: readonly unknown[]): string =>
    values.length === 0 ? '[]' : `[\n${values.map(one => `  ${line(one)}`).join(',\n')}\n]`
  const all = parts.map(({ figures, ...head }) => `${line(head).slice(0, -1)},"figures":${lines(figures)}}`)
  return `{"machine":${line(machine)},\n"parts":[${all.join(',\n')}],\n"idle":${lines(idle)}}\n`
}

const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value

/** Throws when `text` is not what `asJson` made. */
export const parseResults = (text: string): Results => {
  const read: unknown = JSON.parse(text)
  const isResults = (value: unknown): value is Results =>
    typeof value === 'object' &&
    value !== null &&
    'machine' in value &&
    'parts' in value &&
    Array.isArray(value.parts) &&
    'idle' in value &&
    Array.isArray(value.idle)
  if (!isResults(read)) throw new Error('these are no results of the bench')
  return read
}

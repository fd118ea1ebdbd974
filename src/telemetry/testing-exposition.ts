/** A strict reader of the Prometheus text format 0.0.4: throws on whatever the format does not allow. */
export interface Family {
  readonly type: string
  readonly help: string | undefined
  readonly samples: ParsedSample[]
}

export interface ParsedSample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"'
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?[0-9][0-9.e+-]*|\\+Inf|NaN)$`)
const ONE_LABEL = /([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"/g

export const parseExposition = (text: string): Map<string, Family> => {
  if (!text.endsWith('\n')) throw new Error('the last line must end in a newline')
  const families = new Map<string, Family>()
  const seen = new Set<string>()
  let current: [string, Family] | undefined
  let help: [string, string] | undefined
  for (const line of text.slice(0, -1).split('\n')) {
    const meta = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`).exec(line)
    if (meta?.[1] === 'HELP') help = [meta[2]!, meta[3]!]
    else if (meta) current = openFamily(families, meta[2]!, meta[3]!, help)
    else addSample(current, parseSample(line), seen)
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkHistogram(name, family)
  return families
}

const openFamily = (families: Map<string, Family>, name: string, type: string, help: [string, string] | undefined) => {
  if (families.has(name)) throw new Error(`${name} appears twice`)
  if (!['counter', 'gauge', 'histogram'].includes(type)) throw new Error(`type ${type}`)
  const family: Family = { type, help: help?.[0] === name ? help[1] : undefined, samples: [] }
  families.set(name, family)
  return [name, family] as [string, Family]
}

const parseSample = (line: string): ParsedSample => {
  const match = SAMPLE.exec(line)
  if (!match) throw new Error(`not a sample: ${line}`)
  const value = Number(match[3]!.replace('+Inf', 'Infinity'))
  if (Number.isNaN(value)) throw new Error(`not a value: ${line}`)
  const labels = new Map(Array.from((match[2] ?? '').matchAll(ONE_LABEL), pair => [pair[1]!, unescaped(pair[2]!)]))
  return { name: match[1]!, labels, value }
}

const unescaped = (value: string): string => value.replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char))

const addSample = (current: [string, Family] | undefined, sample: ParsedSample, seen: Set<string>): void => {
  if (!current) throw new Error(`${sample.name} has no TYPE`)
  const [name, family] = current
  const names = family.type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
  if (!names.includes(sample.name)) throw new Error(`${sample.name} stands under ${name}`)
  const id = JSON.stringify([sample.name, ...[...sample.labels].sort()])
  if (seen.has(id)) throw new Error(`${id} appears twice`)
  seen.add(id)
  family.samples.push(sample)
}

/** Per label set: bounds and counts rise, the last bucket is +Inf and equals the count. */
const checkHistogram = (name: string, { samples }: Family): void => {
  const groups = Map.groupBy(samples, ({ labels }) => JSON.stringify([...labels].filter(([label]) => label !== 'le')))
  for (const [labels, group] of groups) {
    const buckets = group.filter(sample => sample.name === `${name}_bucket`)
    const bounds = buckets.map(sample => Number(sample.labels.get('le')!.replace('+Inf', 'Infinity')))
    const counts = buckets.map(sample => sample.value)
    const rises = (numbers: number[], strictly: boolean): boolean =>
      numbers.every((n, i) => i === 0 || (strictly ? n > numbers[i - 1]! : n >= numbers[i - 1]!))
    const count = group.find(sample => sample.name === `${name}_count`)?.value
    const ok = rises(bounds, true) && rises(counts, false) && bounds.at(-1) === Number.POSITIVE_INFINITY
    if (!ok || counts.at(-1) !== count || group.length !== buckets.length + 2) throw new Error(`${name}${labels}`)
  }
}

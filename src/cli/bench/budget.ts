import { CommandError, EXIT } from '../exit.ts'
import { showMs, showPart, showRate, showUs } from './figures.ts'

/** What a budget can be about: of the answers through the gateway, at the fixed rate unless it says otherwise. */
const BUDGET_KEYS = ['p50', 'p90', 'p99', 'overhead', 'overhead-p99', 'cpu', 'errors', 'rate'] as const
export type BudgetKey = (typeof BUDGET_KEYS)[number]

/** Times in ms, `cpu` in µs, `errors` a share; `rate`, the highest one that is held, is the least that is wanted. */
export interface Budget {
  readonly key: BudgetKey
  readonly limit: number
}

/** What was measured; undefined: it could not be. */
export type BudgetFigures = Readonly<Record<BudgetKey, number | undefined>>

/** `p99=2ms`, `cpu=80us`, `errors=0%`, `rate=5000`; several with commas between. Throws a CommandError. */
export const parseBudgets = (texts: readonly string[]): readonly Budget[] =>
  texts.flatMap(text => text.split(',').map(parseBudget))

const parseBudget = (text: string): Budget => {
  const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(text.trim()) ?? []
  const key = BUDGET_KEYS.find(each => each === name)
  if (key === undefined) throw usage(`--budget "${text}": unknown figure; use ${BUDGET_KEYS.join(', ')}`)
  const limit = readValue(key, value)
  if (limit === undefined) throw usage(`--budget "${text}": expected ${EXAMPLES[key]}`)
  return { key, limit }
}

const EXAMPLES: Readonly<Record<BudgetKey, string>> = {
  p50: 'a time, such as p50=1ms',
  p90: 'a time, such as p90=1ms',
  p99: 'a time, such as p99=2ms',
  overhead: 'a time, such as overhead=200us',
  'overhead-p99': 'a time, such as overhead-p99=1ms',
  cpu: 'a time per request, such as cpu=80us',
  errors: 'a percentage, such as errors=0%',
  rate: 'requests per second, such as rate=5000',
}

const readValue = (key: BudgetKey, text: string): number | undefined => {
  if (key === 'errors') return matched(/^(\d{1,3}(?:\.\d{1,6})?)%$/, text, percent => percent / 100, 1)
  if (key === 'rate') return matched(/^(\d{1,9})(?:\/s)?$/, text, rate => rate)
  const [, number, unit] = /^(\d{1,9}(?:\.\d{1,6})?)(us|µs|ms|s)$/.exec(text) ?? []
  if (number === undefined) return undefined
  const ms = Number(number) * (unit === 's' ? 1000 : unit === 'ms' ? 1 : 0.001)
  return key === 'cpu' ? ms * 1000 : ms
}

const matched = (
  pattern: RegExp,
  text: string,
  read: (value: number) => number,
  most = Number.POSITIVE_INFINITY,
): number | undefined => {
  const found = pattern.exec(text)?.[1]
  const value = found === undefined ? undefined : read(Number(found))
  return value !== undefined && value <= most ? value : undefined
}

/** A sentence for each that is not kept; one whose figure is missing is not kept either. */
export const brokenBudgets = (budgets: readonly Budget[], figures: BudgetFigures): readonly string[] =>
  budgets.flatMap(({ key, limit }) => {
    const value = figures[key]
    if (value === undefined) return [`${key} could not be measured, the budget is ${show(key, limit)}`]
    const kept = key === 'rate' ? value >= limit : value <= limit
    if (kept) return []
    return [`${key} is ${show(key, value)}, the budget is ${key === 'rate' ? 'at least ' : ''}${show(key, limit)}`]
  })

const show = (key: BudgetKey, value: number): string => {
  if (key === 'errors') return showPart(value)
  if (key === 'rate') return showRate(value)
  return key === 'cpu' ? showUs(value) : showMs(value)
}

const usage = (message: string): CommandError => new CommandError(message, EXIT.usage)

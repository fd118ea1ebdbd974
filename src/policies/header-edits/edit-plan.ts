import { HeaderEdits } from '../../base/headers.ts'
import type { Exchange } from '../../core/exchange.ts'

/** Makes a value for each message; undefined: what it refers to is not there, so there is no field. */
export type MakeValue = (x: Exchange) => string | undefined

/** What is done to one field of a head, as compiled. */
export interface HeaderEditPlan {
  /** Lower case. */
  readonly name: string
  /** Whether what came under this name is left out. */
  readonly replaces: boolean
  /** Clean, or made for each message. */
  readonly values: readonly (string | MakeValue)[]
}

/** Does all of `plans` to `edits`. What values refer to is read before anything is changed. */
export type ApplyEdits = (x: Exchange, edits: HeaderEdits) => void

export const compileApply = (plans: readonly HeaderEditPlan[]): ApplyEdits => {
  const made = plans.filter(({ values }) => values.some(value => typeof value !== 'string'))
  const fixed = fixedEdits(plans.filter(plan => !made.includes(plan)))
  if (made.length === 0) return (_x, edits) => void edits.apply(fixed)
  return (x, edits) => {
    const found = made.map(({ values }) => values.map(value => (typeof value === 'string' ? value : value(x))))
    edits.apply(fixed)
    for (const [i, { name, replaces }] of made.entries()) {
      if (replaces) edits.remove(name)
      for (const value of found[i]!) if (value !== undefined) edits.append(name, value)
    }
  }
}

const fixedEdits = (plans: readonly HeaderEditPlan[]): HeaderEdits => {
  const edits = new HeaderEdits()
  for (const { name, replaces, values } of plans) {
    if (replaces) edits.remove(name)
    for (const value of values) if (typeof value === 'string') edits.append(name, value)
  }
  return edits
}

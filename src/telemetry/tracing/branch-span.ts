import { Attributes, KIND, type SpanBody } from './span-json.ts'

/** Ends of a branch that are no failure: it has data, need not have any, or nobody wanted it any more. */
const FINE: ReadonlySet<string> = new Set(['ok', 'left out', 'cancelled'])

/** A branch of an aggregate. `status`: of the answer, 0: there was none. */
export const branchSpan = (name: string, outcome: string, status: number): SpanBody => {
  const isError = !FINE.has(outcome)
  const attributes = new Attributes()
    .text('sallyport.branch', name)
    .text('sallyport.branch.outcome', outcome)
    .number('http.response.status_code', status)
    .text('error.type', isError ? outcome : '')
  return { name: `branch ${name}`, kind: KIND.internal, isError, attributes }
}

import { queryValue } from '../base/query.ts'
import { valueTest } from '../spec/field-match.ts'
import type { RouteSpec } from '../spec/spec.ts'
import type { MatchInput } from './match-input.ts'

/** Everything of a request but its host, path and method. */
export type FieldTest = (q: MatchInput) => boolean

/**
 * Null when the route asks for nothing: what is off costs nothing. The first value of a name counts, for headers and
 * for query parameters (as in the Gateway API), and the latter are compared decoded.
 */
export const fieldTest = (route: RouteSpec): FieldTest | null => {
  const tests: FieldTest[] = [
    ...route.headers.map((field): FieldTest => {
      const takes = valueTest(field)
      return q => takes(q.headers.get(field.name))
    }),
    ...route.query.map((field): FieldTest => {
      const takes = valueTest(field)
      return q => takes(queryValue(q.query, field.name))
    }),
  ]
  if (tests.length === 0) return null
  return tests.length === 1 ? tests[0]! : q => tests.every(test => test(q))
}

/** Null: any. GET brings HEAD with it (RFC 9110 §9.3.2). */
export const methodsTaken = (route: RouteSpec): readonly string[] | null => {
  const { methods } = route
  if (methods.length === 0) return null
  return methods.includes('GET') && !methods.includes('HEAD') ? [...methods, 'HEAD'] : methods
}

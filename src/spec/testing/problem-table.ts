import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDocument } from '../check.ts'
import { showProblem } from '../problem.ts'
import { plainSource } from '../source.ts'

export const problemsOf = (document: unknown): string[] =>
  checkDocument(plainSource(document), 2).problems.map(
    problem => `${problem.severity === 'warning' ? 'warning: ' : ''}${showProblem(problem)}`,
  )

/** A test: each document has exactly these problems. */
export const problemTable = (
  name: string,
  rows: readonly (readonly [document: unknown, ...expected: string[]])[],
): void => {
  test(name, () => {
    for (const [document, ...expected] of rows) {
      assert.deepEqual(problemsOf(document), expected, JSON.stringify(document)?.slice(0, 300))
    }
  })
}

import type { Json } from '../../base/json.ts'
import type { ShapeSpec } from '../../spec/spec-aggregate.ts'
import type { BranchData } from '../branch.ts'
import { isList, isObject } from '../json/object.ts'
import { LIST, OBJECT, spaceEnd } from '../json/tokens.ts'

/** Whether data is of the kind that the shape wants of its branch; if not, the branch's answer is invalid. */
export type Accepts = (data: Pick<BranchData, 'text' | 'json'>) => boolean

/** Null: whatever it is. */
export const compileAccepts = (shape: ShapeSpec, branch: string): Accepts | null => {
  switch (shape.kind) {
    case 'merge':
      return begins(OBJECT, isObject)
    case 'flatten':
      return begins(LIST, isList)
    case 'zip':
      if (branch === shape.list) return data => isListOfObjects(data.json())
      return shape.joins.some(join => join.branch === branch) ? begins(LIST, isList) : null
    case 'object':
    case 'list':
      return null
  }
}

/** The first byte of a text tells, without parsing it. */
const begins =
  (byte: number, is: (value: Json) => boolean): Accepts =>
  data =>
    data.text === null ? is(data.json()) : data.text[spaceEnd(data.text, 0)] === byte

/** Something is to be put into each item. */
const isListOfObjects = (value: Json): boolean => isList(value) && value.every(isObject)

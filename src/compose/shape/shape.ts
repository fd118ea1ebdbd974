import type { AggregateSpec, BranchSpec } from '../../spec/spec-aggregate.ts'
import { shapeFlatten } from './flatten.ts'
import { shapeList } from './list.ts'
import { shapeMerge } from './merge.ts'
import { compileMeta } from './meta.ts'
import { shapeObject } from './object.ts'
import type { Shape } from './shaped.ts'
import { shapeZip } from './zip.ts'

/** What an aggregate says of it. */
export interface Shaping extends Pick<AggregateSpec, 'shape' | 'meta' | 'maxBytes'> {
  readonly branches: readonly Pick<BranchSpec, 'name'>[]
}

/**
 * How the branches' data become one body. Texts are put into it as they came; what was edited, and what `zip` joins, is
 * written once. Whether data is of the kind that the shape wants is to be asked before (`compileAccepts`).
 */
export const compileShape = ({ branches, shape, meta: isAsked, maxBytes }: Shaping): Shape => {
  const names = branches.map(({ name }) => name)
  const meta = isAsked ? compileMeta(names) : null
  switch (shape.kind) {
    case 'object':
      return shapeObject(names, meta)
    case 'list':
      return shapeList
    case 'flatten':
      return shapeFlatten
    case 'merge':
      return shapeMerge(names, shape.conflicts, meta)
    case 'zip':
      return shapeZip(names, shape, maxBytes)
  }
}

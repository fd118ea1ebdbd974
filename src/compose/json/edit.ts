import type { Json } from '../../base/json.ts'
import type { JsonEditSpec } from '../../spec/spec-aggregate.ts'
import { type NewObject, put } from './object.ts'
import { omit } from './omit.ts'
import { compilePaths } from './path-tree.ts'
import { pick } from './pick.ts'
import { rename } from './rename.ts'
import { unwrap } from './unwrap.ts'

/** Undefined: the data is not what the edit is for. */
export type Edit = (data: Json) => Json | undefined

/**
 * All edits, one after another; null where there are none. The data is not changed: what stays as it was is shared.
 * Every edit calls itself on what is within, so the depth of the data has to be bounded (`checkJson`), and its time is
 * linear in the data. The order of members is kept, as far as JavaScript has one: names that are numbers come first.
 */
export const compileEdits = (specs: readonly JsonEditSpec[]): Edit | null => {
  const edits = specs.map(compileEdit)
  const [first] = edits
  if (first === undefined) return null
  if (edits.length === 1) return first
  return data => {
    let edited: Json | undefined = data
    for (const edit of edits) {
      edited = edit(edited)
      if (edited === undefined) return undefined
    }
    return edited
  }
}

const compileEdit = (spec: JsonEditSpec): Edit => {
  switch (spec.kind) {
    case 'unwrap': {
      const tree = compilePaths([[spec.path, true]])
      return data => unwrap(data, tree)
    }
    case 'pick': {
      const tree = compilePaths(spec.paths.map(path => [path, true] as const))
      return data => pick(data, tree)
    }
    case 'omit': {
      const tree = compilePaths(spec.paths.map(path => [path, true] as const))
      return data => omit(data, tree)
    }
    case 'rename': {
      const tree = compilePaths(spec.names)
      return data => rename(data, tree)
    }
    case 'wrap':
      return data => wrap(data, spec.name)
  }
}

const wrap = (data: Json, name: string): Json => {
  const object: NewObject = {}
  put(object, name, data)
  return object
}

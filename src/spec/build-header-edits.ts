import { parseRefTemplate } from './ref-template.ts'
import type { Draft } from './salvage.ts'
import type { HeaderEditsOutput } from './schema/header-edits.ts'
import type { HeaderEditSpec } from './spec-policies.ts'

export type HeaderEditsDraft = Draft<HeaderEditsOutput>

/**
 * What the edits of several levels come to, outermost first: each is done to what the ones before it left. `none` forgets
 * those.
 */
export const buildHeaderEdits = (levels: readonly (HeaderEditsDraft | 'none' | undefined)[]): HeaderEditSpec[] => {
  const edits = new Map<string, HeaderEditSpec>()
  for (const level of levels) {
    if (level === 'none') edits.clear()
    else if (level !== undefined) edit(edits, level)
  }
  return [...edits.values()]
}

const edit = (edits: Map<string, HeaderEditSpec>, { set = {}, add = {}, remove = [] }: HeaderEditsDraft): void => {
  for (const written of remove) {
    const name = written?.toLowerCase() ?? ''
    if (name !== '') edits.set(name, { name, replaces: true, values: [] })
  }
  for (const [written, value] of Object.entries(set)) {
    const name = written.toLowerCase()
    edits.set(name, { name, replaces: true, values: templatesOf(value) })
  }
  for (const [written, value] of Object.entries(add)) {
    const name = written.toLowerCase()
    const { replaces, values } = edits.get(name) ?? { replaces: false, values: [] }
    edits.set(name, { name, replaces, values: [...values, ...templatesOf(value)] })
  }
}

/** A value that is wrong is left out; such a Spec is never handed out. */
const templatesOf = (value: string | readonly (string | undefined)[] | undefined): HeaderEditSpec['values'] => {
  const texts = typeof value === 'string' ? [value] : (value ?? [])
  return texts.flatMap(text => (text === undefined ? [] : [parseRefTemplate(text).parts]))
}

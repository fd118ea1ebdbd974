import { cleanValue } from '../base/headers.ts'
import { compileReference, type Inputs, type Resolve, Unaskable } from '../compose/references.ts'
import { compilePresence, compileText, type Encode } from '../compose/text-template.ts'
import type { Exchange } from '../core/exchange.ts'
import type { DropField } from '../http1/serialize.ts'
import { fieldValue } from '../policies/field-value.ts'
import type { HeaderEditPlan, MakeValue } from '../policies/header-edits/edit-plan.ts'
import type { TextTemplate } from '../spec/spec-aggregate.ts'
import type { HeaderEditSpec } from '../spec/spec-policies.ts'

/** What servers take in one field by default. */
const MOST_VALUE = 8192

/** `dropField`: fields that only the gateway may send, of which a client's own are not there to be referred to. */
export const headerEditsOf = (specs: readonly HeaderEditSpec[], dropField: DropField): HeaderEditPlan[] => {
  const resolve: Resolve = ref => compileReference(ref, [], dropField)
  return specs.map(({ name, replaces, values }) => ({
    name,
    replaces,
    values: values.map(template => valueMaker(template, resolve)),
  }))
}

const valueMaker = (template: TextTemplate, resolve: Resolve): string | MakeValue => {
  if (template.every(part => typeof part === 'string')) return cleanValue(template.join(''))
  const isThere = compilePresence(template, resolve)
  const make = compileText(template, resolve, inField)
  return x => {
    const from = inputs(x)
    try {
      if (!isThere(from)) return undefined
      const value = make(from)
      return value.length > MOST_VALUE ? undefined : value
    } catch (error) {
      // No text, or not to be read: an edit is no reason to refuse a request, or to spoil an answer.
      if (error instanceof Unaskable) return undefined
      throw error
    }
  }
}

/** What came in a field is one already; other text is written so that it cannot be read as somebody else's. */
const inField: Encode = (value, { name }) => (name.startsWith('headers.') ? value : fieldValue(value))

const inputs = (x: Exchange): Inputs => ({ x, body: undefined, results: [] })

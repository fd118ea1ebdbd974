import type { JsonTemplate } from '../spec/spec-aggregate.ts'
import { type Inputs, type Resolve, unfit } from './references.ts'
import { asIs, compileText, exact } from './text-template.ts'

/** Makes JSON text; throws a Fault where a value is missing. */
export type MakeJson = (from: Inputs) => string

/**
 * Written as text right away, so that no name of a member can mean anything to an object of ours, and what never changes
 * is written once.
 */
export const compileJson = (template: JsonTemplate, resolve: Resolve): MakeJson => {
  switch (template.kind) {
    case 'literal': {
      const text = JSON.stringify(template.value)
      return () => text
    }
    case 'ref':
      return compileValue(template.ref, resolve)
    case 'text': {
      const make = compileText(template.parts, resolve, asIs)
      return from => JSON.stringify(make(from))
    }
    case 'list':
      return joined(
        '[',
        template.items.map(item => compileJson(item, resolve)),
        ']',
      )
    case 'object':
      return joined(
        '{',
        template.members.map(([name, value]) => compileMember(name, value, resolve)),
        '}',
      )
  }
}

const compileValue = (ref: Extract<JsonTemplate, { kind: 'ref' }>['ref'], resolve: Resolve): MakeJson => {
  const reference = resolve(ref)
  return from => {
    const value = reference.read(from)
    if (value === undefined) throw unfit(reference, 'has no value')
    return JSON.stringify(exact(value, reference))
  }
}

const compileMember = (name: string, value: JsonTemplate, resolve: Resolve): MakeJson => {
  const before = JSON.stringify(name) + ':'
  const make = compileJson(value, resolve)
  return from => before + make(from)
}

const joined =
  (open: string, parts: readonly MakeJson[], close: string): MakeJson =>
  from => {
    let out = open
    for (const [i, part] of parts.entries()) out += i === 0 ? part(from) : ',' + part(from)
    return out + close
  }

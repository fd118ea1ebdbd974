import { TYPED } from '../../core/code/hidden.ts'
import type { PluginCode, TypedParts } from '../../core/code/typed-parts.ts'
import type { FrozenConfig } from '../../spec/define.ts'
import type { PluginPart } from '../../spec/spec-policies.ts'
import type { PluginOptions } from './plugin.ts'

/** For the key `plugins` of a configuration in TypeScript; made by `definePlugin`. */
export type Plugin = NonNullable<NonNullable<FrozenConfig['defaults']>['plugins']>[number]

export const PARTS = ['gate', 'shape', 'tap'] as const satisfies readonly PluginPart[]
const KEYS: readonly string[] = ['name', 'budget', ...PARTS]
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/

/**
 * Code that takes part in the requests of routes. What it throws costs the one request; it sees no more than
 * `PluginRequest` and `PluginResponse` show. Throws a TypeError where the options are none.
 */
export const definePlugin = (options: PluginOptions): Plugin => {
  if (typeof options !== 'object' || options === null) throw mistake('definePlugin needs { name, gate, shape, tap }')
  const { name, budget } = options
  if (typeof name !== 'string' || !NAME.test(name))
    throw mistake('"name" of a plugin must be letters, digits, ".", "_" and "-"')
  const unknown = Object.keys(options).find(key => !KEYS.includes(key))
  if (unknown !== undefined) throw mistake(`plugin "${name}" has an unknown key ${JSON.stringify(unknown)}`)
  const parts = PARTS.filter(part => options[part] !== undefined)
  for (const part of parts) {
    if (typeof options[part] !== 'function') throw mistake(`"${part}" of plugin "${name}" must be a function`)
  }
  if (parts.length === 0) throw mistake(`plugin "${name}" does nothing: give it "gate", "shape" or "tap"`)
  const typed: TypedParts = { branches: [], schemas: new Map(), reply: null, plugin: codeOf(options) }
  const made = { name, parts, ...(budget === undefined ? {} : { budget }), [TYPED]: typed }
  return made
}

/** Its parts may call each other by `this`. */
const codeOf = (options: PluginOptions): PluginCode => ({
  gate: partOf(options, options.gate),
  shape: partOf(options, options.shape),
  tap: partOf(options, options.tap),
})

const partOf = <Part extends (...given: never) => unknown>(
  options: PluginOptions,
  part: Part | undefined,
): ((...given: object[]) => unknown) | null =>
  part === undefined ? null : (...given) => Reflect.apply(part, options, given)

/** Placed at the call, not here. */
const mistake = (message: string): TypeError => {
  const error = new TypeError(message)
  Error.captureStackTrace(error, definePlugin)
  return error
}

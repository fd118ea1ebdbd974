import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typedPartsIn } from '../../core/code/hidden.ts'
import { runPlugins } from '../testing/plugin-run.ts'
import { definePlugin } from './define-plugin.ts'
import type { PluginOptions } from './plugin.ts'

test('what it makes is plain data, with the code beside it', () => {
  const made = definePlugin({ name: 'a.b-c_1', budget: '5ms', tap() {}, gate() {} })
  assert.deepEqual(structuredClone(made), { name: 'a.b-c_1', parts: ['gate', 'tap'], budget: '5ms' })
  assert.equal(typedPartsIn(structuredClone(made)), null)
  assert.equal(typedPartsIn({ ...made })?.plugin?.shape, null)
})

test('parts may use each other', () => {
  const plugin = {
    name: 'a',
    status: () => 202,
    gate() {
      return { status: this.status() }
    },
  }
  const own = Object.create(plugin, { name: { value: 'a', enumerable: true } }) as PluginOptions
  assert.equal(runPlugins([own]).outcome(), 202)
})

for (const [given, why] of [
  [undefined, /definePlugin needs/],
  [{ gate() {} }, /"name" of a plugin must be/],
  [{ name: 'a b', gate() {} }, /"name" of a plugin must be/],
  [{ name: 'x'.repeat(101), gate() {} }, /"name" of a plugin must be/],
  [{ name: 'a' }, /plugin "a" does nothing/],
  [{ name: 'a', gate: true }, /"gate" of plugin "a" must be a function/],
  [{ name: 'a', gates() {} }, /plugin "a" has an unknown key "gates"/],
] as const) {
  test(`refused where it stands: ${JSON.stringify(given)}`, () => {
    const make = (): unknown => definePlugin(given as never)
    assert.throws(make, error => {
      assert.ok(error instanceof TypeError)
      assert.match(error.message, why)
      assert.match(error.stack?.split('\n')[1] ?? '', /make/)
      return true
    })
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PluginCode } from '../core/code/typed-parts.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { PluginSpec } from '../spec/spec-policies.ts'
import { forwardTo } from '../spec/testing.ts'
import { BUILTINS, chainOf } from './builtins.ts'
import { compile } from './compile.ts'
import { fakeWorld, route, service, spec } from './testing.ts'

const forward = (...to: [service: string, weight: number][]) =>
  forwardTo('', { to: to.map(([service, weight]) => ({ service, weight })) })

/** How many targets a second Plan finds in place, and how many end with the first. */
const reload = (before: ServiceSpec[], after: ServiceSpec[]): [kept: number, ended: number] => {
  const world = fakeWorld()
  let made = 0
  const { targets } = world
  const hold = targets.hold.bind(targets)
  targets.hold = (key, make) =>
    hold(key, () => {
      made++
      return make()
    })
  const first = compile(spec({ services: before }), world)
  const madeFirst = made
  compile(spec({ services: after }), world)
  const kept = after.flatMap(each => each.endpoints).length - (made - madeFirst)
  first.release()
  return [kept, world.ended.length]
}

const one = service('one')
const reloads: readonly [what: string, after: ServiceSpec[], kept: number, ended: number][] = [
  ['the same', [service('one')], 1, 0],
  ['another beside it', [service('one'), service('two')], 1, 0],
  ['gone', [], 0, 1],
  ['another name', [service('two')], 0, 1],
  ['other timeouts', [service('one', { timeouts: { ...one.timeouts, headMs: 5 } })], 0, 1],
  ['another address', [service('one', { endpoints: [{ ...one.endpoints[0]!, port: 2 }] })], 0, 1],
  ['another weight', [service('one', { endpoints: [{ ...one.endpoints[0]!, weight: 2 }] })], 1, 0],
  ['Via off', [service('one', { via: false })], 1, 0],
]

for (const [what, after, kept, ended] of reloads) {
  test(`reload, ${what}: ${kept} kept, ${ended} ended`, () => assert.deepEqual(reload([one], after), [kept, ended]))
}

test('released twice is released once', () => {
  const world = fakeWorld()
  const plans = [0, 1].map(() => compile(spec({ services: [one] }), world))
  plans[0]!.release()
  plans[0]!.release()
  assert.equal(world.ended.length, 0)
  plans[1]!.release()
  assert.equal(world.ended.length, 1)
})

test('a Plan is frozen, and its chains too', () => {
  const plan = compile(spec({ routes: [route({})] }), fakeWorld())
  assert.ok(Object.isFrozen(plan))
  const q = {
    method: 'GET',
    host: '',
    path: '/',
    query: '',
    headers: { get: () => undefined } as never,
    listener: '',
    params: [],
  }
  assert.ok(Object.isFrozen(plan.router.match(q)?.chain))
})

test('every built-in is named once, and what runs is printed in order', () => {
  assert.equal(new Set(BUILTINS.map(({ name }) => name)).size, BUILTINS.length)
  assert.deepEqual(chainOf(route({}), spec()), ['respond 200'])
  assert.deepEqual(chainOf(route({ action: { kind: 'redirect', to: '/', status: 301 } }), spec()), ['redirect 301'])
  assert.deepEqual(chainOf(route({ action: forward(['a', 1], ['b', 2]) }), spec()), ['forward to a, b'])
  const fields = { edits: [], otherContent: 'pass' } as const
  const plugins = [pluginSpec('a', ['gate', 'tap']), pluginSpec('b', ['shape'])]
  assert.deepEqual(chainOf(route({ plugins, fields }), spec()), [
    'plugin a: gate, tap',
    'plugin b: shape',
    'fields',
    'respond 200',
  ])
})

const MODULE = { name: 'm', url: 'file:///m', version: '0', sources: [] }
const pluginSpec = (name: string, parts: PluginSpec['parts']): PluginSpec => ({
  name,
  parts,
  budgetMs: 1000,
  typed: { module: MODULE, at: [name] },
})

test('code that is not that of its Spec is no Plan', () => {
  const parts = { branches: [], schemas: new Map(), reply: null }
  const compiled = (plugin?: PluginCode) => () =>
    compile(spec({ routes: [route({ plugins: [pluginSpec('a', ['gate'])] })] }), {
      ...fakeWorld(),
      typed: () => ({ ...parts, plugin }),
    })
  const message = /the code of plugin "a" is another each time it is evaluated/
  assert.throws(compiled(), message)
  assert.throws(compiled({ gate: null, shape: () => {}, tap: null }), message)
  assert.throws(compiled({ gate: () => {}, shape: () => {}, tap: null }), message)
  compiled({ gate: () => {}, shape: null, tap: null })().release()
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDocument } from './check.ts'
import { type Path, showProblem } from './problem.ts'
import { plainSource, valueAt } from './source.ts'
import { problemTable } from './testing/problem-table.ts'

const MODULE = { name: 'sallyport.config.ts', url: 'file:///m', version: '0', sources: [] }

const plugin = (name: string, more: object = {}) => ({ name, parts: ['gate'], ...more })
const respond = { path: '/a', respond: {} }
const [a, b, c, d] = [plugin('a'), plugin('b'), plugin('c'), plugin('d')]

/** As a configuration in TypeScript has it: code beside every plugin. */
const check = (document: object) => {
  const isPlugin = (path: Path): boolean => path.at(-2) === 'plugins' && valueAt(document, path) !== undefined
  const typed = (path: Path) => (isPlugin(path) ? { module: MODULE, at: path } : undefined)
  const { spec, problems } = checkDocument({ ...plainSource(document), typed }, 1)
  return { routes: spec?.routes ?? [], problems: problems.map(showProblem) }
}

const NO_CODE =
  'has no code: only a configuration in TypeScript can have plugins; write definePlugin({ ... }) there, of "sallyport/plugin"'

problemTable('YAML cannot say what a plugin does', [
  [{ routes: [{ ...respond, plugins: [a] }] }, `routes[0].plugins[0]: ${NO_CODE}`],
  [
    { routes: [{ ...respond, plugins: ['./a.ts'] }] },
    'routes[0].plugins[0]: expected definePlugin({ ... }), in a configuration in TypeScript, found "./a.ts"',
  ],
  [{ defaults: { plugins: [a] }, routes: [respond] }, `defaults.plugins[0]: ${NO_CODE}`],
  [{ frontends: { m: { hosts: ['m'], plugins: [a], routes: [respond] } } }, `frontends.m.plugins[0]: ${NO_CODE}`],
])

test('what is wrong with a plugin is told where it stands', () => {
  const bad = { ...respond, plugins: [plugin('a', { parts: [] }), plugin('b c'), plugin('d', { budget: '0s' })] }
  assert.deepEqual(
    check({ routes: [bad] }).problems.map(text => text.split(';')[0]),
    [
      'routes[0].plugins[0].parts: expected at least one, found an empty list',
      'routes[0].plugins[1].name: expected a name of letters, digits, ".", "_" and "-", found "b c"',
      'routes[0].plugins[2].budget: expected a duration longer than 0, such as 250ms, 5s, 1m or 1h, found "0s"',
    ],
  )
})

const nested = (own: object, group: object = {}, frontend: object = {}, defaults: object = {}) => ({
  defaults,
  frontends: {
    m: { hosts: ['m'], ...frontend, routes: [{ prefix: '/g', ...group, routes: [{ ...respond, ...own }] }] },
  },
})

for (const [what, document, names] of [
  ['the outermost first', nested({ plugins: [d] }, { plugins: [c] }, { plugins: [b] }, { plugins: [a] }), 'abcd'],
  ['several of one place in their order', nested({ plugins: [c, b] }, {}, {}, { plugins: [d, a] }), 'dacb'],
  ['none cuts off what is handed down', nested({ plugins: 'none' }, { plugins: [c] }, {}, { plugins: [a] }), ''],
  ['also for a group', nested({ plugins: [d] }, { plugins: 'none' }, { plugins: [b] }, { plugins: [a] }), 'd'],
  ['an empty list adds nothing', nested({ plugins: [] }, {}, {}, { plugins: [a] }), 'a'],
] as const) {
  test(`plugins of a route: ${what}`, () => {
    const { routes, problems } = check(document)
    assert.deepEqual([routes[0]?.plugins.map(({ name }) => name).join(''), problems], [names, []])
  })
}

test('each has its code, its parts and its budget', () => {
  const { routes } = check(
    nested({ plugins: [plugin('d', { budget: '20ms', parts: ['gate', 'tap'] })] }, {}, { plugins: [b] }),
  )
  assert.deepEqual(routes[0]?.plugins, [
    { name: 'b', parts: ['gate'], budgetMs: 1000, typed: { module: MODULE, at: ['frontends', 'm', 'plugins', 0] } },
    {
      name: 'd',
      parts: ['gate', 'tap'],
      budgetMs: 20,
      typed: { module: MODULE, at: ['frontends', 'm', 'routes', 0, 'routes', 0, 'plugins', 0] },
    },
  ])
})

test('two of one name on a route are refused where the second is added', () => {
  const same = (at: string, first: string): string =>
    `${at}: runs on the same route as ${first}, which has the same name`
  assert.deepEqual(check({ routes: [{ ...respond, plugins: [a, b, plugin('a')] }] }).problems, [
    same('routes[0].plugins[2]', 'routes[0].plugins[0]'),
  ])
  const twice = {
    defaults: { plugins: [a] },
    routes: [{ prefix: '/g', plugins: [a], routes: [respond, { ...respond, path: '/b' }] }, respond],
  }
  assert.deepEqual(check(twice).problems, [same('routes[0].plugins[0]', 'defaults.plugins[0]')])
  assert.deepEqual(
    check({
      routes: [
        { ...respond, plugins: [a] },
        { path: '/b', respond: {}, plugins: [a] },
      ],
    }).problems,
    [],
  )
})

test('none where nothing is handed down is hardly meant', () => {
  assert.deepEqual(check({ routes: [{ ...respond, plugins: 'none' }] }).problems, [
    'routes[0].plugins: declines what nothing hands down; leave it out',
  ])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exportsOf } from './exports.ts'
import { importsOf } from './imports.ts'

const cases: readonly [what: string, source: string, imports: readonly string[]][] = [
  ['named', `import { a, b as c } from './x.ts'`, ['./x.ts']],
  ['double quotes', `import { a } from "./x.ts"`, ['./x.ts']],
  ['default and namespace', `import a from './x.ts'; import * as b from './y.ts'`, ['./x.ts', './y.ts']],
  ['default with names', `import a, { type B } from './x.ts'`, ['./x.ts']],
  ['over lines, with comments', `import {\n  a, // from './no.ts'\n  b,\n} from /* here */ './x.ts'`, ['./x.ts']],
  ['types', `import type { A } from './x.ts'; import type B from './y.ts'`, ['./x.ts', './y.ts']],
  ['names that are keywords', `import { from, type } from './x.ts'; import type from './y.ts'`, ['./x.ts', './y.ts']],
  ['string names', `import { 'a-b' as c } from './x.ts'`, ['./x.ts']],
  ['side effect', `import './x.ts'`, ['./x.ts']],
  ['attributes', `import a from './x.json' with { type: 'json' }`, ['./x.json']],
  ['a call', `const a = await import('./x.ts')`, ['./x.ts']],
  ['a call in a template', 'const a = `${await import("./x.ts")} import("./no.ts")`', ['./x.ts']],
  [
    'a call in a template in a template',
    'f(`a ${{ b: `}${import("./x.ts")}` }} b`); import "./y.ts"',
    ['./x.ts', './y.ts'],
  ],
  ['a type in a call', `type A = import('./x.ts').A`, ['./x.ts']],
  [
    're-exports',
    `export { a } from './x.ts'; export * from './y.ts'; export * as z from './z.ts'`,
    ['./x.ts', './y.ts', './z.ts'],
  ],
  ['re-exported types', `export type { A } from './x.ts'; export type * from './y.ts'`, ['./x.ts', './y.ts']],
  ['after a shebang', `#!/usr/bin/env node\nimport './x.ts'`, ['./x.ts']],
  ['twice', `import './x.ts'; import './x.ts'`, ['./x.ts', './x.ts']],
  ['after a division', `const a = b / c; import './x.ts'; const d = e / f`, ['./x.ts']],
  ['after a regular expression with quotes', `const a = /['"\`/[/]]/g; import './x.ts'`, ['./x.ts']],
  ['after a regular expression that is returned', `const f = () => { return /'/ }; import './x.ts'`, ['./x.ts']],
  ['not: comments', `// import './a.ts'\n/* import './b.ts'\n export * from './c.ts' */`, []],
  ['not: strings', `const a = "import './a.ts'", b = 'it\\'s import "./b.ts"'`, []],
  ['not: template text', 'const a = `import "./a.ts" \\` export * from "./b.ts"`', []],
  ['not: a regular expression', `const a = /import '.\\/a.ts'/`, []],
  ['not: members', `a.import('./a.ts'); import.meta.url; const b = { import: './b.ts' }`, []],
  ['not: a local export', `export { a }\nconst from = './a.ts'`, []],
  ['not: a declaration', `export const from = './a.ts'; export type { B }; export type C = { from: './c.ts' }`, []],
  ['not: a computed call', `import(name); import(pathTo(name).href)`, []],
]

for (const [what, source, imports] of cases) {
  test(`imports: ${what}`, () => assert.deepEqual(importsOf(source), imports))
}

test('exports: every form', () => {
  const source = `
    export const a = 1, hidden = 2
    export async function b() {}
    export function* c() {}
    export class D {}
    export interface E { export: string }
    export type F = string
    export { g, h as i, type J } from './x.ts'
    export type { K }
    export * as l from './y.ts'
    export * from './z.ts'
    // export const no = 1
    const no = 'export const no = 1'
    export default a`
  const names = ['* from ./z.ts', 'D', 'E', 'F', 'J', 'K', 'a', 'b', 'c', 'default', 'g', 'i', 'l']
  assert.deepEqual(exportsOf(source), names)
})

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { loadConfig } from './load.ts'
import { loadApart } from './load-apart.ts'

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-apart-'))
after(() => rmSync(cwd, { recursive: true }))

const files = {
  'good.yaml': 'listeners: { web: "127.0.0.1:${env:PORT}" }\nroutes: [{ path: /a, respond: { text: hello } }]\n',
  'wrong.yaml': 'listeners: { web: "127.0.0.1:80" }\nroutes: [{ path: /a, to: nobody }]\n',
  'broken.json': '{ "routes": [',
  'good.config.ts': `const port: number = 8123\nexport default { listeners: { web: '127.0.0.1:' + port } }\n`,
  'throws.config.ts': `throw new Error('no')`,
}

for (const [file, text] of Object.entries(files)) {
  test(`${file}: the same answer as without a thread`, async () => {
    writeFileSync(join(cwd, file), text)
    const options = { file, cwd, env: { PORT: '8124' }, cores: 2 }
    const expected = await loadConfig(options)
    assert.equal(expected.spec !== undefined, file.startsWith('good'))
    assert.deepEqual(await loadApart(options), expected)
  })
}

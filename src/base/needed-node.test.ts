import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { requireNode } from './needed-node.ts'

test('a Node that is too old is told what is needed; the oldest one that is not is that of package.json', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const needed = Number(/^>=(\d+)$/.exec(engines.node)?.[1])
  assert.doesNotThrow(() => requireNode(`${needed}.0.0`))
  const sentence = `sallyport needs Node.js ${needed} or newer, this is ${needed - 1}.99.0; install it and try again`
  assert.throws(() => requireNode(`${needed - 1}.99.0`), { message: sentence })
})

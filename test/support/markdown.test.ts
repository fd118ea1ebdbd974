import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anchorsOf, linksIn } from './markdown.ts'

test('links are those of the prose, and lead within the repository', () => {
  const page = '[a](b.md#c) [`d`](e/) [f](https://example.com) `[g](h)`\n```\n[i](j)\n```\n![k](l.svg)\n'
  assert.deepEqual(linksIn(page), ['b.md#c', 'e/', 'l.svg'])
})

test('anchors are as GitHub makes them', () => {
  const page = "# API keys\n## Consumers' keys\n```\n# no\n```\n### What is `x-y`, and why?\n"
  assert.deepEqual([...anchorsOf(page)], ['api-keys', 'consumers-keys', 'what-is-x-y-and-why'])
})

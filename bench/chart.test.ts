import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bar, barChart } from './chart.ts'

const bar = (title: string, userUs: number, systemUs: number, own = false): Bar => ({ title, userUs, systemUs, own })

const BARS = [bar('node & <friends>', 90, 30), bar('Sallyport', 7.25, 12.5, true), bar('nginx "tuned"', 5, 12)]

const TAG = /<(\/?)([a-z]+)((?: [\w:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*) ?(\/?)>/y
const TEXT = /(?:[^<&]|&(?:amp|lt|gt|quot);)*/y

/** Names of the elements in order; throws where `text` is not well-formed. Knows as much of XML as a chart uses. */
const elementsOf = (text: string): string[] => {
  const [names, open]: [string[], string[]] = [[], []]
  for (let at = 0; at < text.length; ) {
    TAG.lastIndex = TEXT.lastIndex = at
    const tag = TAG.exec(text)
    if (tag === null) {
      const length = TEXT.exec(text)![0].length
      if (length === 0 || (open.length === 0 && text.slice(at, at + length).trim() !== '')) {
        throw new Error(`not well-formed at ${text.slice(at, at + 40)}`)
      }
      at += length
      continue
    }
    at = TAG.lastIndex
    const [, closes, name = '', , isEmpty] = tag
    if (closes) {
      if (open.pop() !== name) throw new Error(`</${name}> closes another`)
    } else {
      names.push(name)
      if (!isEmpty) open.push(name)
    }
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)}> stays open`)
  return names
}

test('the check knows what is not well-formed', () => {
  for (const text of ['<a>', '<a></b>', '<a b="<"/>', '<a>&</a>', '<a b=c/>', 'x<a/>', '<a>&bad;</a>']) {
    assert.throws(() => elementsOf(text), Error, text)
  }
  assert.deepEqual(elementsOf('<a b="1 &amp; 2"><c/>x &lt; y</a>\n'), ['a', 'c'])
})

test('a chart is well-formed, whatever peers are called', () => {
  const names = elementsOf(barChart('CPU & time', 'a < b', BARS))
  assert.equal(names[0], 'svg')
  assert.deepEqual(names.slice(1, 4), ['title', 'desc', 'style'])
  assert.equal(names.filter(name => name === 'g').length, BARS.length)
  assert.doesNotThrow(() => elementsOf(barChart('', '', [])))
})

const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1])

test('bars are as long as what they show, in order, and stay in the picture', () => {
  const rows = barChart('', '', BARS)
    .split('\n')
    .filter(line => line.startsWith('<g'))
  const users = rows.map(row => number(row, /class="user"[^>]* width="([\d.]+)"/))
  const systems = rows.map(row => number(row, /class="system"[^>]* width="([\d.]+)"/))
  const starts = rows.map(row => number(row, /class="system" x="([\d.]+)"/))
  assert.match(rows[0]!, /nginx &quot;tuned&quot;/)
  assert.match(rows[1]!, /^<g class="own">.*Sallyport/)
  const scale = (users[2]! + systems[2]!) / 120
  assert.deepEqual(
    users.map(width => Math.round(width)),
    [5, 7.25, 90].map(us => Math.round(us * scale)),
  )
  for (const [i, start] of starts.entries()) {
    assert.ok(Math.abs(start - 240 - users[i]!) < 0.11, 'system time follows user time')
    assert.ok(start + systems[i]! + 70 <= 760.1)
  }
})

/** Of WCAG 2: 21 is black on white. */
const contrast = (one: string, other: string): number => {
  const light = (hex: string): number =>
    [1, 3, 5]
      .map(at => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
      .map(value => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i]!, 0)
  const [low, high] = [light(one), light(other)].sort((a, b) => a - b) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

test('text can be read on light and on dark pages, and the parts of a bar can be told apart', () => {
  const [, style = ''] = /<style>(.*?)<\/style>/s.exec(barChart('', '', BARS))!
  const [light = '', dark = ''] = style.split('@media')
  const colour = (part: string, selector: string): string =>
    new RegExp(`(?:^|\\s)${selector.replaceAll('.', '\\.')} \\{[^}]*fill: (#[0-9a-f]{6})`).exec(part)?.[1] ??
    assert.fail(selector)
  for (const [part, page] of [
    [light, '#ffffff'],
    [dark, '#0d1117'],
  ] as const) {
    for (const text of ['text', '.quiet']) assert.ok(contrast(colour(part, text), page) >= 4.5, text)
    for (const [user, system] of [
      ['.user', '.system'],
      ['.own .user', '.own .system'],
    ] as const) {
      assert.ok(contrast(colour(part, user), colour(part, system)) >= 1.9, `${user} beside ${system}`)
      assert.ok(contrast(colour(part, user), page) >= 3, user)
    }
  }
})

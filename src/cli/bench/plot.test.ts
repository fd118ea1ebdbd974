import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Curve } from './curves.ts'
import { plot } from './plot.ts'
import { curvesSvg } from './svg.ts'

const curve = (way: Curve['way'], percentile: Curve['percentile'], ms: readonly number[]): Curve => ({
  way,
  percentile,
  points: ms.map((each, i) => ({ rate: 1000 * 2 ** i, ms: each })),
})

const CURVES: readonly Curve[] = [
  curve('direct', 'p50', [0.2, 0.2, 0.25, 0.4]),
  curve('through', 'p99', [1, 1.5, 3, 200]),
  curve('through', 'p50', [0.3, 0.35, 0.5, 90]),
]

test('a plot in plain characters', () => {
  assert.deepEqual(plot(CURVES, { columns: 60, unicode: false, colour: false }).join('\n').split('\n'), SNAPSHOT)
})

const SNAPSHOT: readonly string[] = [
  '   200 ms |                                                A',
  '   100 ms |                                              ..',
  '          |                                            ..  #',
  '    50 ms |                                          ..  ..',
  '    20 ms |                                        ..  ..',
  '          |                                      ..  ..',
  '    10 ms |                                    ..   .',
  '     5 ms |                                  ..   ..',
  '          |                         .......A.   ..',
  '     2 ms |         .......A........          ..',
  '     1 ms |A........                        ..',
  '   500 µs |                         .......#',
  '          |#...............#........                .......o',
  '   200 µs |o...............o...............o........',
  '          +-------------------------------------------------',
  '           1k/s            2k/s                 5k/s',
  '',
  '           # p50 through the gateway',
  '           A p99 through the gateway',
  '           o p50 direct',
]

test('no line is wider than the terminal, and plain means ASCII', () => {
  for (const columns of [40, 57, 80, 100, 250]) {
    const lines = plot(CURVES, { columns, unicode: false, colour: false }).join('\n').split('\n')
    assert.ok(
      lines.every(line => line.length <= Math.min(columns, 100)),
      `${columns}: ${lines.join('\n')}`,
    )
    assert.match(lines.join('').replaceAll('µ', ''), /^[\x20-\x7e]*$/)
  }
})

test('at a terminal there are signs and colours, and without colours the same signs', () => {
  const coloured = plot(CURVES, { columns: 80, unicode: true, colour: true }).join('\n')
  assert.match(coloured, /\u001b\[36m●/)
  const bare = plot(CURVES, { columns: 80, unicode: true, colour: false }).join('\n')
  assert.equal(coloured.replaceAll(/\u001b\[\d+m/g, ''), bare)
})

test('one point, or none', () => {
  assert.deepEqual(plot([], { columns: 80, unicode: false, colour: false }), [])
  assert.match(plot([curve('through', 'p50', [3])], { columns: 80, unicode: false, colour: false }).join('\n'), /#/)
})

test('the picture has a line for each curve, is told apart in light and dark, and text from outside stays text', () => {
  const svg = curvesSvg(CURVES, { title: 'GET /<a>&"\u0007', note: 'x', bendsAt: 7000 })
  assert.equal(svg.match(/<polyline/g)?.length, 2 * CURVES.length)
  assert.match(svg, /prefers-color-scheme: dark/)
  assert.match(svg, /GET \/&lt;a&gt;&amp;&quot;\?/)
  assert.doesNotMatch(svg, /NaN|Infinity|undefined/)
})

test('a picture without points is a picture', () => {
  assert.match(curvesSvg([], { title: 'x', note: '', bendsAt: undefined }), /^<svg [\s\S]*<\/svg>\n$/)
})

import { type Curve, curveName } from './curves.ts'
import { showMs } from './figures.ts'
import { logScale, type Scale } from './scale.ts'

const WIDTH = 760
const HEIGHT = 420
const LEFT = 78
const RIGHT = 24
const TOP = 64
const BOTTOM = 84

/** Colours for light and for dark surroundings: the file is shown where nobody can say which. */
const STYLE = `
  svg { color-scheme: light dark; font: 13px system-ui, sans-serif }
  .paper { fill: #fff } .ink { fill: #1f2328 } .soft { fill: #59636e } .grid { stroke: #d1d9e0 }
  .through { stroke: #0a58ca; fill: #0a58ca } .direct { stroke: #b35900; fill: #b35900 } .bend { stroke: #b3261e }
  .bendtext { fill: #b3261e }
  .line { fill: none; stroke-width: 2 } .p50 { stroke-dasharray: 5 4 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .ink { fill: #f0f6fc } .soft { fill: #9198a1 } .grid { stroke: #3d444d }
    .through { stroke: #6cb6ff; fill: #6cb6ff } .direct { stroke: #f0a45d; fill: #f0a45d } .bend { stroke: #ff7b72 }
    .bendtext { fill: #ff7b72 }
  }`

export interface SvgText {
  readonly title: string
  /** Below the title: how it was measured. */
  readonly note: string
  /** Where it bends, requests per second; undefined: it did not. */
  readonly bendsAt: number | undefined
}

/** Latency against rate as a picture, both logarithmic. */
export const curvesSvg = (curves: readonly Curve[], { title, note, bendsAt }: SvgText): string => {
  const points = curves.flatMap(curve => curve.points)
  if (points.length === 0) return frame(title, note, [])
  const xs = logScale(points.map(({ rate }) => rate))
  const ys = logScale(points.map(({ ms }) => ms))
  const x = (rate: number): number => LEFT + xs.at(rate) * (WIDTH - LEFT - RIGHT)
  const y = (ms: number): number => HEIGHT - BOTTOM - ys.at(ms) * (HEIGHT - TOP - BOTTOM)
  return frame(title, note, [
    ...latencyLines(ys, y),
    ...rateLines(xs, x),
    ...(bendsAt === undefined ? [] : bendLine(x(bendsAt))),
    ...curves.map(curve => curveShape(curve, x, y)),
    ...legend(curves),
  ])
}

const frame = (title: string, note: string, parts: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>`,
    text(LEFT, 26, 'ink', shortened(title), ' font-size="16" font-weight="600"'),
    text(LEFT, 46, 'soft', note),
    ...parts,
    '</svg>\n',
  ].join('\n')

/** What fits beside each other at the size of a title. */
const MOST_TITLE = 76

const shortened = (title: string): string => (title.length <= MOST_TITLE ? title : `${title.slice(0, MOST_TITLE - 1)}…`)

const latencyLines = (ys: Scale, y: (ms: number) => number): string[] =>
  ys.ticks.flatMap(ms => [
    line(LEFT, y(ms), WIDTH - RIGHT, y(ms)),
    text(LEFT - 8, y(ms) + 4, 'soft', showMs(ms), ' text-anchor="end"'),
  ])

const LEAST_GAP = 48

/** Labels only where they do not touch the one before. */
const rateLines = (xs: Scale, x: (rate: number) => number): string[] => {
  let last = Number.NEGATIVE_INFINITY
  return xs.ticks.flatMap(rate => {
    const mark = line(x(rate), TOP, x(rate), HEIGHT - BOTTOM)
    if (x(rate) - last < LEAST_GAP) return [mark]
    last = x(rate)
    return [mark, text(x(rate), HEIGHT - BOTTOM + 18, 'soft', `${rate}/s`, ' text-anchor="middle"')]
  })
}

const bendLine = (x: number): string[] => [
  `<line class="bend" x1="${round(x)}" y1="${TOP}" x2="${round(x)}" y2="${HEIGHT - BOTTOM}" stroke-dasharray="2 3"/>`,
  text(x - 5, TOP + 12, 'bendtext', 'bends', ' text-anchor="end"'),
]

const curveShape = (curve: Curve, x: (rate: number) => number, y: (ms: number) => number): string => {
  const places = curve.points.map(({ rate, ms }) => `${round(x(rate))},${round(y(ms))}`)
  const dots = places.map(place => {
    const [cx, cy] = place.split(',')
    return `<circle cx="${cx}" cy="${cy}" r="3"/>`
  })
  return `<g class="${curve.way}"><polyline class="line ${curve.percentile}" points="${places.join(' ')}"/>${dots.join('')}</g>`
}

const legend = (curves: readonly Curve[]): string[] =>
  [...curves].reverse().map((curve, i) => {
    const x = LEFT + (i % 2) * 300
    const y = HEIGHT - 34 + Math.floor(i / 2) * 20
    const sign = `<polyline class="line ${curve.percentile}" points="${x},${y - 4} ${x + 34},${y - 4}"/>`
    return `<g class="${curve.way}">${sign}</g>${text(x + 42, y, 'ink', curveName(curve))}`
  })

const line = (x1: number, y1: number, x2: number, y2: number): string =>
  `<line class="grid" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`

const text = (x: number, y: number, style: string, content: string, more = ''): string =>
  `<text class="${style}" x="${round(x)}" y="${round(y)}"${more}>${escaped(content)}</text>`

const round = (value: number): number => Math.round(value * 10) / 10

/** Control characters are no XML, whatever they are written as. */
const escaped = (text: string): string =>
  text
    .replace(/[\u0000-\u001f\u007f]/g, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

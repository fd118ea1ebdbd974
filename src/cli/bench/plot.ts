import { type Curve, curveName } from './curves.ts'
import { showMs } from './figures.ts'
import { logScale, type Scale } from './scale.ts'

export interface PlotOptions {
  /** In characters. */
  readonly columns: number
  /** Without: ASCII only, for files and terminals that are asked to be plain. */
  readonly unicode: boolean
  readonly colour: boolean
}

const HEIGHT = 14
const LEAST_WIDTH = 40
const MOST_WIDTH = 100
/** For the labels of the latencies. */
const GUTTER = 9

interface Cell {
  readonly text: string
  readonly way: Curve['way'] | undefined
}

type Grid = Cell[][]

/** Latency against rate, both logarithmic, as lines of text. Empty when there is nothing to show. */
export const plot = (curves: readonly Curve[], options: PlotOptions): readonly string[] => {
  const points = curves.flatMap(curve => curve.points)
  if (points.length === 0) return []
  const width = Math.max(LEAST_WIDTH, Math.min(MOST_WIDTH, options.columns)) - GUTTER - 2
  const xs = logScale(points.map(({ rate }) => rate))
  const ys = logScale(points.map(({ ms }) => ms))
  const grid: Grid = Array.from({ length: HEIGHT }, () => Array.from({ length: width }, () => EMPTY))
  const column = (rate: number): number => Math.round(xs.at(rate) * (width - 1))
  const row = (ms: number): number => Math.round((1 - ys.at(ms)) * (HEIGHT - 1))
  const signs = options.unicode ? UNICODE : ASCII
  for (const curve of curves) {
    const places = curve.points.map(({ rate, ms }) => ({ x: column(rate), y: row(ms) }))
    places.forEach((place, i) => {
      const next = places[i + 1]
      if (next !== undefined) draw(grid, place, next, { text: signs.line, way: curve.way })
    })
  }
  for (const curve of curves) {
    const text = signs[curve.way][curve.percentile]
    for (const { rate, ms } of curve.points) grid[row(ms)]![column(rate)] = { text, way: curve.way }
  }
  const paint = options.colour ? coloured : ({ text }: Cell) => text
  return [
    ...grid.map((cells, y) => `${label(ys, row, y)} ${signs.wall}${cells.map(paint).join('').trimEnd()}`),
    `${' '.repeat(GUTTER)} ${signs.corner}${signs.floor.repeat(width)}`,
    `${' '.repeat(GUTTER + 2)}${rateLabels(xs, column, width)}`,
    '',
    legend(curves, options, width),
  ]
}

const EMPTY: Cell = { text: ' ', way: undefined }

interface Signs {
  readonly line: string
  readonly wall: string
  readonly corner: string
  readonly floor: string
  readonly through: Readonly<Record<Curve['percentile'], string>>
  readonly direct: Readonly<Record<Curve['percentile'], string>>
}

const UNICODE: Signs = {
  line: '·',
  wall: '│',
  corner: '└',
  floor: '─',
  through: { p99: '▲', p50: '●' },
  direct: { p99: '△', p50: '○' },
}

const ASCII: Signs = {
  line: '.',
  wall: '|',
  corner: '+',
  floor: '-',
  through: { p99: 'A', p50: '#' },
  direct: { p99: 'a', p50: 'o' },
}

interface Place {
  readonly x: number
  readonly y: number
}

const draw = (grid: Grid, from: Place, to: Place, cell: Cell): void => {
  const steps = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y))
  for (let i = 1; i < steps; i++) {
    const x = Math.round(from.x + ((to.x - from.x) * i) / steps)
    const y = Math.round(from.y + ((to.y - from.y) * i) / steps)
    grid[y]![x] = cell
  }
}

const label = (ys: Scale, row: (ms: number) => number, y: number): string => {
  const tick = ys.ticks.find(ms => row(ms) === y)
  return (tick === undefined ? '' : showMs(tick)).padStart(GUTTER)
}

/** Those that fit, from the left. */
const rateLabels = (xs: Scale, column: (rate: number) => number, width: number): string =>
  xs.ticks.reduce((line, rate) => {
    const text = `${shortRate(rate)}/s`
    const at = column(rate)
    const fits = at + text.length <= width + 2 && (line === '' || at > line.length + 1)
    return fits ? line.padEnd(at) + text : line
  }, '')

const shortRate = (rate: number): string => (rate >= 1000 ? `${rate / 1000}k` : String(rate))

/** Two in a line where they fit. */
const legend = (curves: readonly Curve[], { unicode, colour }: PlotOptions, width: number): string => {
  const signs = unicode ? UNICODE : ASCII
  const paint = colour ? coloured : ({ text }: Cell) => text
  const entries = [...curves].reverse().map(curve => ({
    sign: paint({ text: signs[curve.way][curve.percentile], way: curve.way }),
    name: curveName(curve),
  }))
  const length = entries.reduce((sum, { name }) => sum + name.length + 5, 0)
  const gap = length <= width ? '   ' : `\n${' '.repeat(GUTTER + 2)}`
  return `${' '.repeat(GUTTER + 2)}${entries.map(({ sign, name }) => `${sign} ${name}`).join(gap)}`
}

/** Cyan and yellow, which can be read on black and, less well, on white; the signs say the same. */
const coloured = ({ text, way }: Cell): string => {
  if (way === undefined) return text
  return `\u001b[${way === 'through' ? 36 : 33}m${text}\u001b[39m`
}

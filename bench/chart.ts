/** One bar of CPU time, in µs per request. */
export interface Bar {
  readonly title: string
  readonly userUs: number
  readonly systemUs: number
  /** Of what the chart is about. */
  readonly own: boolean
}

const WIDTH = 760
const LEFT = 240
/** For the number behind a bar. */
const RIGHT = 70
const TOP = 58
const ROW = 26
const THICK = 16

/**
 * Colours for light and dark pages: the style is inside, as a README shows the picture in an `img`, where it sees no page.
 * On both grounds the text has a contrast of at least 4.5 : 1, and the two parts of a bar differ in lightness, not in hue
 * alone.
 */
const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #1f2328 }
  .head { font-size: 15px; font-weight: 600 } .quiet { fill: #59636e; font-size: 12px } .own { font-weight: 600 }
  .user { fill: #6e7781 } .system { fill: #b4bbc2 } .own .user { fill: #0a5ea8 } .own .system { fill: #6fb1ea }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #9198a1 }
    .user { fill: #9aa4ae } .system { fill: #57606a } .own .user { fill: #58a6ff } .own .system { fill: #1f5fa8 }
  }`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const px = (value: number): string => String(Math.round(value * 10) / 10)

/** An SVG of horizontal bars, cheapest first: user time, then system time, then the sum. */
export const barChart = (title: string, note: string, bars: readonly Bar[]): string => {
  const sorted = [...bars].sort((a, b) => total(a) - total(b))
  const scale = (WIDTH - LEFT - RIGHT) / Math.max(1, ...sorted.map(total))
  const height = TOP + sorted.length * ROW + 12
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(inWords(sorted))}</desc>`,
    `<style>${STYLE}\n</style>`,
    `<text class="head" x="0" y="18">${escaped(title)}</text>`,
    `<text class="quiet" x="0" y="38">${escaped(note)}</text>`,
    legend(),
    ...sorted.map((bar, i) => row(bar, TOP + i * ROW, scale)),
    '</svg>',
    '',
  ].join('\n')
}

/** For those who do not see the picture. */
export const inWords = (bars: readonly Bar[]): string =>
  bars.map(bar => `${bar.title} ${total(bar).toFixed(1)} µs`).join(', ')

const total = (bar: Bar): number => bar.userUs + bar.systemUs

const legend = (): string => {
  const at = (x: number, name: string): string =>
    `<rect class="${name}" x="${x}" y="28" width="12" height="12" rx="2"/><text class="quiet" x="${x + 18}" y="38">${name}</text>`
  return at(WIDTH - 135, 'user') + at(WIDTH - 72, 'system')
}

const row = (bar: Bar, y: number, scale: number): string => {
  const middle = y + THICK / 2 + 4.5
  const [user, system] = [bar.userUs * scale, bar.systemUs * scale]
  return [
    `<g${bar.own ? ' class="own"' : ''}>`,
    `<text x="${LEFT - 10}" y="${px(middle)}" text-anchor="end">${escaped(bar.title)}</text>`,
    `<rect class="user" x="${LEFT}" y="${y}" width="${px(user)}" height="${THICK}"/>`,
    `<rect class="system" x="${px(LEFT + user)}" y="${y}" width="${px(system)}" height="${THICK}"/>`,
    `<text x="${px(LEFT + user + system + 8)}" y="${px(middle)}">${total(bar).toFixed(1)} µs</text>`,
    '</g>',
  ].join('')
}

/** Draws an index by chance, as often as its weight says, with one random number (Vose's alias method). */
export const weightedDraw = (weights: readonly number[], random: () => number): (() => number) => {
  const { length } = weights
  if (weights.every(weight => weight === weights[0])) return () => Math.floor(random() * length)
  const { keep, alias } = aliasTable(weights)
  return () => {
    const drawn = random() * length
    const i = Math.floor(drawn)
    return drawn - i < keep[i]! ? i : alias[i]!
  }
}

/** Every index gives away what it has too little of: index `i` stands for itself with chance `keep`, else for `alias`. */
const aliasTable = (weights: readonly number[]): { keep: Float64Array; alias: Uint16Array } => {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const keep = Float64Array.from(weights, weight => (weight * weights.length) / total)
  const alias = Uint16Array.from(weights, (_, i) => i)
  const poor: number[] = []
  const rich: number[] = []
  keep.forEach((share, i) => void (share < 1 ? poor : rich).push(i))
  for (let from = poor.pop(), to = rich.at(-1); from !== undefined && to !== undefined; ) {
    alias[from] = to
    keep[to]! -= 1 - keep[from]!
    if (keep[to]! < 1) poor.push(rich.pop()!)
    from = poor.pop()
    to = rich.at(-1)
  }
  // Only rounding leaves any behind.
  for (const i of poor.concat(rich)) keep[i] = 1
  return { keep, alias }
}

/** One of `count` that is not `drawn`: what `draw` gives, or its neighbour. */
export const drawOther = (draw: () => number, drawn: number, count: number): number => {
  const other = draw()
  if (other !== drawn) return other
  return drawn + 1 === count ? 0 : drawn + 1
}

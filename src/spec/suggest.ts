/** The word of `known` that was probably meant, or undefined. Ties go to the first. */
export const closest = (word: string, known: Iterable<string>): string | undefined => {
  let best: string | undefined
  let least = tolerance(word) + 1
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), least)
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

export const didYouMean = (word: string, known: Iterable<string>): string | undefined => {
  const meant = closest(word, known)
  return meant === undefined ? undefined : `did you mean "${meant}"?`
}

/** `a, b or c`. */
export const listWords = (words: readonly string[], joint: 'or' | 'and'): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${joint} ${words.at(-1)}`

/** One slip in a short word, two in a longer one, three in a long one. */
const tolerance = (word: string): number => (word.length < 4 ? 1 : word.length < 9 ? 2 : 3)

/** Damerau–Levenshtein with adjacent swaps; at least `bound` is as good as infinite, so long words end early. */
const editDistance = (a: string, b: string, bound: number): number => {
  if (Math.abs(a.length - b.length) >= bound) return bound
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1)
      next.push(cost)
    }
    before = row
    row = next
  }
  return row[b.length]!
}

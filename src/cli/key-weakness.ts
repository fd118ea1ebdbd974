/** Keys with fewer characters are too few to try, whatever they are. */
const SHORTEST = 20
/** Bits that are beyond trying, with room for what the estimate does not see. */
const ENOUGH_BITS = 96
const FEWEST_DIFFERENT = 8

/** What people write when they have to think of a secret, and what examples say. */
const WORDS =
  /pass(?:word|wort|phrase)?|secret|change|default|example|sample|demo|test|token|admin|root|user|guest|login|welcome|letmein|qwert[yz]|asdf|azerty|monkey|dragon|master|summer|winter|hello|world|your|this|that|here|please|replace|insert|todo|fixme|placeholder|dummy|fake|temp|prod(?:uction)?|stag(?:e|ing)|devel(?:op(?:ment)?)?|local(?:host)?|public|private|company|service|client|mobile|server|internal|sallyport|gateway|api|key|app|abc|xyz|foo|bar|baz|19\d\d|20\d\d/g

/**
 * Why a key can be guessed, in words that end a sentence; undefined when nothing speaks for it. An estimate that errs
 * to the side of warning: words, runs and repeats count next to nothing, everything else as if it were random.
 */
export const weaknessOf = (key: string): string | undefined => {
  if (key.length < SHORTEST) return `it is shorter than ${SHORTEST} characters`
  if (new Set(key).size < FEWEST_DIFFERENT) return 'it repeats a few characters'
  if (isWords(key)) return 'it is made of words'
  if (estimateBits(key) < ENOUGH_BITS) return 'it is made of common words, sequences or repeats'
  return undefined
}

/** Letters that could be spoken: random ones change case often, have few vowels, and soon four consonants in a row. */
const isWords = (key: string): boolean => {
  const words = key.match(/[A-Z]?[a-z]+|[A-Z]+/g) ?? []
  const letters = words.join('')
  if (letters.length < key.length * 0.8 || letters.length < words.length * 3.5) return false
  const vowels = letters.replace(/[^aeiouy]/gi, '').length
  return vowels >= letters.length * 0.28 && !/[b-df-hj-np-tv-xz]{4}/i.test(key)
}

const estimateBits = (key: string): number => {
  const words = unleeted(key.toLowerCase()).replace(WORDS, word => WORD_MARK.repeat(word.length))
  const pool = poolOf(key)
  const seen = new Set<string>()
  let bits = 0
  for (let i = 0; i < key.length; i++) {
    const pair = key.slice(Math.max(0, i - 2), i + 1)
    const known = words[i] === WORD_MARK || isStep(key, i) || seen.has(pair)
    seen.add(pair)
    bits += known ? 0.5 : Math.log2(pool)
  }
  return bits
}

const WORD_MARK = '\0'

/** Whether a character goes on with its two forerunners: `aaa`, `abc`, `321`, `ace`. */
const isStep = (key: string, i: number): boolean => {
  const step = key.charCodeAt(i) - key.charCodeAt(i - 1)
  return i > 1 && Math.abs(step) <= 2 && step === key.charCodeAt(i - 1) - key.charCodeAt(i - 2)
}

/** `p4ssw0rd` is `password`. */
const unleeted = (text: string): string => text.replace(/[01345@$7]/g, char => LEET.get(char) ?? char)
const LEET = new Map(Object.entries({ 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', '@': 'a', $: 's', 7: 't' }))

/** How many characters a guesser has to try in each place. */
const poolOf = (key: string): number => {
  if (/^[0-9]+$/.test(key)) return 10
  if (/^[0-9a-f-]+$/i.test(key)) return 16
  const kinds: readonly (readonly [RegExp, number])[] = [
    [/[0-9]/, 10],
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/[^0-9a-zA-Z]/, 8],
  ]
  return kinds.reduce((sum, [kind, size]) => (kind.test(key) ? sum + size : sum), 0)
}

import { decodeBase64url } from './jwt-base64url.ts'

/** RFC 7518 §3.3 and §3.5 ask for 2048 at least; what a verification costs grows with the square. */
const FEWEST_BITS = 2048
const MOST_BITS = 8192
/** OpenSSL takes no longer one with such moduli. */
const LONGEST_EXPONENT_BYTES = 8

/** Whether an RSA key can be relied on, going by its numbers as they stand in a JWK. */
export const isStrongRsa = (n: string, e: string): boolean => {
  const modulus = numberOf(n)
  const exponent = numberOf(e)
  if (modulus === null || exponent === null || e.length > Math.ceil((LONGEST_EXPONENT_BYTES * 4) / 3)) return false
  const bits = modulus.toString(2).length
  if (bits < FEWEST_BITS || bits > MOST_BITS) return false
  // With e = 1 a signature is the padded message itself: everybody can sign.
  return exponent >= 3n && exponent % 2n === 1n && modulus % 2n === 1n && !looksLikeRoca(modulus)
}

/** Null for what is no number, or too long to bother. */
const numberOf = (text: string): bigint | null => {
  const bytes = text.length > (MOST_BITS / 8) * 2 ? null : decodeBase64url(text)
  return bytes === null || bytes.length === 0 ? null : BigInt(`0x${bytes.toString('hex')}`)
}

/**
 * Keys made by an Infineon library (CVE-2017-15361, "ROCA") can be factored. Their moduli are powers of 65537 modulo
 * each of these primes; of other keys one in 2^27 looks the same by chance.
 */
const looksLikeRoca = (modulus: bigint): boolean =>
  ROCA_REMAINDERS.every(({ prime, powers }) => powers.has(modulus % prime))

const powersOf65537 = (prime: bigint): ReadonlySet<bigint> => {
  const powers = new Set<bigint>()
  for (let power = 1n; !powers.has(power); power = (power * 65537n) % prime) powers.add(power)
  return powers
}

/** The primes under 168 of which not every remainder is such a power. */
const ROCA_REMAINDERS = [11n, 13n, 17n, 19n, 37n, 53n, 61n, 71n, 73n, 79n, 97n, 103n, 107n, 109n, 127n, 151n, 157n].map(
  prime => ({ prime, powers: powersOf65537(prime) }),
)

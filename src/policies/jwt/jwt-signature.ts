import type { JwtAlgorithm } from '../../spec/spec-auth.ts'
import type { JwtKey } from './jwt-key.ts'
import { loadJose } from './jwt-library.ts'

/** The first of the keys that signed the token; null when none did. */
export const signerOf = async (
  text: string,
  algorithm: JwtAlgorithm,
  keys: readonly JwtKey[],
): Promise<JwtKey | null> => {
  for (const key of keys) {
    const material = await key.material(algorithm)
    if (material !== null && (await isSignedBy(text, algorithm, material))) return key
  }
  return null
}

/** Whatever the library objects to, the token is not believed. */
const isSignedBy = async (text: string, algorithm: JwtAlgorithm, material: CryptoKey): Promise<boolean> => {
  const { compactVerify } = await loadJose()
  try {
    await compactVerify(text, material, { algorithms: [algorithm] })
    return true
  } catch {
    return false
  }
}

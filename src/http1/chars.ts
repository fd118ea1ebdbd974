/** Byte classes of RFC 9110 §5.5–5.6 and RFC 9112 §3, as tables: one load a byte on the hot path. */

export const CR = 13
export const LF = 10
export const SP = 32
export const HTAB = 9
export const COLON = 58

const TOKEN_EXTRA = "!#$%&'*+-.^_`|~"

/** `tchar` → its lower-case code, anything else → 0. */
export const TOKEN_LOWER = new Uint8Array(256)
/** 1 for bytes that end or break a field value: controls but HTAB, and DEL. `obs-text` (0x80–0xff) is data. */
export const VALUE_STOP = new Uint8Array(256)
/** What the bytes of a request target are; 0 for most. */
export const TARGET_KIND = new Uint8Array(256)
/** It may not hold these: controls, space, DEL, non-ASCII. */
export const TARGET_STOP = 1
/** May need normalising, or be refused: `%` and backslash in a path, `#` anywhere. */
export const TARGET_ODD = 2
export const TARGET_HASH = 3
/** May be of an empty or a dot segment. */
export const TARGET_SLASH = 4
export const TARGET_DOT = 5
export const TARGET_QUERY = 6
/** Value of a hexadecimal digit, 255 for anything else. */
export const HEX = new Uint8Array(256).fill(255)

for (let c = 0; c < 256; c++) {
  const char = String.fromCharCode(c)
  if (/[0-9A-Za-z]/.test(char) || (c < 128 && TOKEN_EXTRA.includes(char))) {
    TOKEN_LOWER[c] = char.toLowerCase().charCodeAt(0)
  }
  if ((c < 32 && c !== HTAB) || c === 127) VALUE_STOP[c] = 1
  if (c <= 32 || c >= 127) TARGET_KIND[c] = TARGET_STOP
  if (/[0-9A-Fa-f]/.test(char)) HEX[c] = Number.parseInt(char, 16)
}
TARGET_KIND[0x25] = TARGET_ODD
TARGET_KIND[0x5c] = TARGET_ODD
TARGET_KIND[0x23] = TARGET_HASH
TARGET_KIND[0x2f] = TARGET_SLASH
TARGET_KIND[0x2e] = TARGET_DOT
TARGET_KIND[0x3f] = TARGET_QUERY

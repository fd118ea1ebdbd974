/** Whatever was thrown, for the log: with its stack where it has one. It may be made to harm whoever looks at it. */
export const thrownText = (error: unknown): string => {
  try {
    return error instanceof Error ? String(error.stack ?? error.message) : String(error)
  } catch {
    return 'something that cannot be shown'
  }
}

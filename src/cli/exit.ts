/** What the process ends with (DESIGN §7). */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const

/** Something the user can put right: its message is one sentence for them, and no stack trace helps. */
export class CommandError extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message)
    this.exitCode = exitCode
  }
}

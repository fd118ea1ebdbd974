/** Where the bench is, for those who wait for it. */
export interface Progress {
  say(text: string): void
  done(): void
}

interface Stream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** At a terminal one line that changes; elsewhere a line for each change of subject. */
export const progressOn = (stream: Stream): Progress => {
  let subject = ''
  return {
    say: text => {
      if (stream.isTTY === true) return void stream.write(`\r\u001b[K${text}`)
      const [next = ''] = text.split(':')
      if (next !== subject) stream.write(`${text}\n`)
      subject = next
    },
    done: () => void (stream.isTTY === true && stream.write('\r\u001b[K')),
  }
}

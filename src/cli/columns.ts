/** Text in columns, for people at a terminal. */

export const section = (title: string, rows: readonly (readonly string[])[]): string =>
  `${title}\n${rows.length === 0 ? '  none\n' : table(rows)}`

/** Columns as wide as their widest cell; the last one is not padded. */
const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, i) => rows.reduce((widest, row) => Math.max(widest, row[i]?.length ?? 0), 0))
  return rows
    .map(
      row =>
        `  ${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** Below each row of a section what is to be said about it, further in. */
export const withDetails = (text: string, indent: number, details: readonly (readonly string[])[]): string => {
  const [title = '', ...rows] = text.split('\n')
  return [
    title,
    ...rows.flatMap((row, i) => [
      row,
      ...wrap(details[i] ?? [], WIDTH - indent).map(line => ' '.repeat(indent) + line),
    ]),
  ].join('\n')
}

const WIDTH = 110

/** Lines of items, none wider than `width` unless an item is. */
const wrap = (items: readonly string[], width: number): string[] => {
  const lines: string[] = []
  for (const item of items) {
    const last = lines.at(-1)
    if (last === undefined || last.length + item.length + 3 > width) lines.push(item)
    else lines[lines.length - 1] = `${last} · ${item}`
  }
  return lines
}

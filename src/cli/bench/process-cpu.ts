import { readFile } from 'node:fs/promises'

/** CPU time of a process and all its threads so far, ms, or why it cannot be told. */
export const processCpuMs = async (pid: number): Promise<number | { readonly none: string }> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) {
    const none =
      process.platform === 'linux' ? `there is no process ${pid}` : 'only Linux tells what another process uses'
    return { none }
  }
  return parseStatMs(text)
}

/** USER_HZ is 100 wherever Node runs. */
const TICK_MS = 10

/** Fields 14 and 15 of proc(5); the name, field 2, may hold spaces and parentheses: counted from the last `)`. */
export const parseStatMs = (text: string): number => {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

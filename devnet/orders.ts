// Bodies of the commands to a local chain, read by the shape that each command has.

import { z } from "zod"
import { BridgeError } from "../core/errors.ts"

/** A reader of the bodies of `commands`, by name; it throws `bad-request` that says what is wrong. */
export function readerOf<Commands extends Readonly<Record<string, z.ZodType>>>(commands: Commands) {
  return <Name extends keyof Commands & string>(
    name: Name,
    body: unknown,
  ): z.output<Commands[Name]> => {
    const result = commands[name]!.safeParse(body)
    if (result.success) return result.data as z.output<Commands[Name]>
    throw new BridgeError("bad-request", { command: name, problem: z.prettifyError(result.error) })
  }
}

export type Present<T> = { [Key in keyof T]: Exclude<T[Key], undefined> }

/** A key that is there with nothing in it is not there. */
export function withoutUndefined<T extends object>(value: T): Present<T> {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(entries) as Present<T>
}

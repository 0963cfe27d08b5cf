import { configDefaults, defineConfig } from "vitest/config"
import { LongFirst } from "./test/order.ts"

/** Tests that start processes of their own: after the others, and two files at a time. */
const PROCESSES = [
  "test/contracts/**/*.test.ts",
  "test/devnet/**/*.test.ts",
  "test/e2e/**/*.test.ts",
  "test/mpc/*.test.ts",
  "test/mpc/ceremony/**/*.test.ts",
  "test/services/cli/**/*.test.ts",
]

const common = {
  globalSetup: "./test/setup.ts",
  setupFiles: "./test/file-setup.ts",
  pool: "forks",
  // Files share what they import, which is most of the time that they would take.
  isolate: false,
  testTimeout: 180_000,
  hookTimeout: 180_000,
} as const

export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          ...common,
          name: "rules",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...PROCESSES],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: "processes",
          include: PROCESSES,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})

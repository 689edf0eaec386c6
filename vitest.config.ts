import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest comes first, so that no worker has a long file when the others are done. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => /\/test\/(browser|faults|soak)\//.test(moduleId);
    // By how long they took the last time, or else by their size.
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/global-setup.ts",
    reporters: ["default", "./test/support/summary-reporter.ts"],
    // One line for a file, and one for a test only where it failed or took very long.
    slowTestThreshold: 20_000,
    // Without a line of Wrangler's for each batch of the queue. What the Worker itself logs comes another way.
    env: { WRANGLER_LOG: "warn" },
    // Many tests wait, for time-outs and for the queue, so that two cores serve four files. Soak tests work all the time.
    maxWorkers: process.env.SOAK === undefined ? 4 : 3,
    maxConcurrency: 10,
    sequence: { sequencer: LongestFirst },
    // Loading Wrangler takes longer than most files: a worker keeps it for the next one.
    isolate: false,
    testTimeout: 30_000,
    // What is waited for may take long on a busy machine. The default is one second.
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 60_000,
  },
});

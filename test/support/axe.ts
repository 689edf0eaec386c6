// What is wrong with a page for people who see, hear or move otherwise, as far as axe can tell, on a phone and on a desktop,
// light and dark.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { IS_SOAK } from "./soak.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const HEIGHT = 900;

/** Where pictures of the pages go; undefined: none are taken. */
const FOLDER = process.env.SCREENSHOTS;

export interface View {
  width: number;
  colorScheme: "light" | "dark";
}

const ALL_VIEWS: View[] = [360, 768, 1280].flatMap((width) => [
  { width, colorScheme: "light" },
  { width, colorScheme: "dark" },
]);
/** Both ends: the narrowest light, the widest dark. */
const ENDS = [ALL_VIEWS.at(0), ALL_VIEWS.at(-1)] as View[];

/** `npm test` looks at both ends, `npm run test:soak` at what lies between. Pictures are taken of all. */
export const VIEWS = FOLDER ? ALL_VIEWS : IS_SOAK ? ALL_VIEWS.filter((view) => !ENDS.includes(view)) : ENDS;

export async function setView(page: Page, { width, colorScheme }: View): Promise<void> {
  await page.setViewportSize({ width, height: HEIGHT });
  await page.emulateMedia({ colorScheme });
}

/** What axe finds on the page as it is, by all its rules and of any impact, and whether the page is wider than its window. */
export async function findFaults(page: Page): Promise<string[]> {
  const script = `(async () => {
    const { violations } = await axe.run(document, {
      resultTypes: ["violations"],
      rules: { "target-size": { enabled: true } },
    });
    const found = violations.map(({ id, nodes }) =>
      id + ": " + nodes.map(({ html, failureSummary }) => html + " " + failureSummary).join(" "));
    const { scrollWidth } = document.documentElement;
    return scrollWidth > innerWidth ? [...found, "it is " + scrollWidth + " pixels wide"] : found;
  })()`;
  try {
    if (!(await page.evaluate("'axe' in window"))) await page.evaluate(AXE);
    return await page.evaluate<string[]>(script);
  } catch (error) {
    // A page that loads itself again interrupts the judgement, which then begins anew.
    if (!/Execution context was destroyed|axe is not defined/.test(String(error))) throw error;
    return await findFaults(page);
  }
}

/** Keeps what the page looks like, where pictures are wanted. */
export async function takePicture(page: Page, name: string, { width, colorScheme }: View): Promise<void> {
  if (!FOLDER) return;
  const file = `${name.replaceAll(/\W+/g, "-")}-${width}-${colorScheme}.png`;
  await page.screenshot({ path: `${FOLDER}/${file}`, fullPage: true });
}

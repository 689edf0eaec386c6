// A strict reader of OpenMetrics text, by its specification: what it does not allow is thrown.
// https://prometheus.io/docs/specs/om/open_metrics_spec/

export interface ReadFamily {
  type: string;
  unit: string | undefined;
  help: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,(?=.)|$)/;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
/** What may follow a family's name in its samples. */
const ENDINGS: Record<string, string[]> = { gauge: [""], counter: ["_total", "_created"] };

/** The families by name. */
export function readOpenMetrics(text: string): Map<string, ReadFamily> {
  const families = new Map<string, ReadFamily>();
  const seen = new Set<string>();
  let current: [string, ReadFamily] | undefined;
  const fail = (why: string, line: string): never => {
    throw new Error(`${why}: ${line}`);
  };
  if (!text.endsWith("\n# EOF\n")) throw new Error("the exposition does not end with # EOF and a line feed");
  for (const line of text.slice(0, -"# EOF\n".length).split("\n").slice(0, -1)) {
    const [, keyword, name = "", rest = ""] = /^# (TYPE|UNIT|HELP) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === "TYPE") {
      if (families.has(name) || !NAME.test(name)) fail("a family's name is wrong or stands twice", line);
      if (!(rest in ENDINGS)) fail("an unknown type", line);
      current = [name, { type: rest, unit: undefined, help: "", samples: [] }];
      families.set(...current);
    } else if (keyword !== undefined) {
      if (current?.[0] !== name || current[1].samples.length > 0) fail("metadata in the wrong place", line);
      const [, family] = current as [string, ReadFamily];
      if (keyword === "HELP") family.help = rest;
      else if (!name.endsWith(`_${rest}`)) fail("a unit that does not end the name", line);
      else family.unit = rest;
    } else {
      const [, sampleName = "", labelText, number = ""] = SAMPLE.exec(line) ?? fail("no sample", line);
      const [familyName, family] = current ?? fail("a sample without a family", line);
      const isNamed = ENDINGS[family.type]?.some((ending) => sampleName === familyName + ending);
      if (!isNamed) fail("a sample of another family", line);
      if (!NUMBER.test(number)) fail("no number", line);
      const labels = readLabels(labelText ?? "", () => fail("wrong labels", line));
      const identity = `${sampleName}${JSON.stringify(Object.entries(labels).toSorted())}`;
      if (seen.has(identity)) fail("a sample that stands twice", line);
      seen.add(identity);
      if (family.type === "counter" && Number(number) < 0) fail("a negative counter", line);
      family.samples.push({ name: sampleName, labels, value: Number(number) });
    }
  }
  return families;
}

function readLabels(text: string, fail: () => never): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== ""; ) {
    const [whole, name = "", value = ""] = LABEL.exec(rest) ?? fail();
    if (name in labels) fail();
    labels[name] = value.replaceAll(/\\([\\n"])/g, (_, escaped) => (escaped === "n" ? "\n" : escaped));
    rest = rest.slice(whole.length);
  }
  return labels;
}

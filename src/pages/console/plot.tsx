// Bars by day, drawn on the server: the axis begins at zero, and a table has the figures for everyone who cannot see them.

import { toDay } from "./elements.tsx";

const WIDTH = 600;
const HEIGHT = 150;
/** Room for the figures of the axis, and for the days below. */
const LEFT = 56;
const BOTTOM = 24;
const TOP = 8;
const GAP = 3;

export interface Series {
  name: string;
  tone: "main" | "bad";
  values: readonly number[];
}

export interface PlotView {
  title: string;
  /** One for each value. */
  dates: readonly string[];
  /** Stacked, the first at the bottom. */
  series: readonly Series[];
}

export function Plot({ title, dates, series }: PlotView) {
  const sums = dates.map((_, day) => series.reduce((sum, { values }) => sum + (values[day] ?? 0), 0));
  const top = niceTop(Math.max(...sums));
  const step = (WIDTH - LEFT) / dates.length;
  const toY = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const labels = [0, Math.floor(dates.length / 2), dates.length - 1];
  const total = sums.reduce((sum, value) => sum + value, 0);
  return (
    <figure class="plot">
      <figcaption>
        <h2>{title}</h2>
        <ul class="legend">
          {series.map(({ name, tone, values }) => (
            <li class={tone}>
              {name}: {values.reduce((sum, value) => sum + value, 0).toLocaleString("en")}
            </li>
          ))}
        </ul>
      </figcaption>
      {total === 0 ? (
        <p class="quiet">Nothing in these 30 days.</p>
      ) : (
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          overflow="visible"
          role="img"
          aria-label={`${title}, by day. The figures stand below.`}
        >
          {[0, top / 2, top].map((value) => (
            <>
              <path class="grid" d={`M${LEFT} ${round(toY(value))}H${WIDTH}`} />
              <text x={LEFT - 8} y={round(toY(value) + 4)} text-anchor="end">
                {value.toLocaleString("en")}
              </text>
            </>
          ))}
          {series.map(({ tone, values }, index) => (
            <path
              class={`bars ${tone}`}
              d={values
                .map((value, day) => {
                  if (value === 0) return "";
                  const below = series
                    .slice(0, index)
                    .reduce((sum, lower) => sum + (lower.values[day] ?? 0), 0);
                  const x = round(LEFT + day * step + GAP / 2);
                  const [from, to] = [toY(below), toY(below + value)];
                  return `M${x} ${round(from)}V${round(to)}h${round(step - GAP)}V${round(from)}z`;
                })
                .join("")}
            />
          ))}
          {labels.map((day, index) => (
            <text
              x={round(LEFT + (day + 0.5) * step)}
              y={HEIGHT - 6}
              text-anchor={["start", "middle", "end"][index] as "start" | "middle" | "end"}
            >
              {toDay(dates[day] as string)}
            </text>
          ))}
        </svg>
      )}
      {total > 0 && (
        <details>
          <summary>Figures of “{title}”</summary>
          <table>
            <thead>
              <tr>
                <th scope="col">Day</th>
                {series.map(({ name }) => (
                  <th scope="col">{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {dates
                .map((date, day) => (
                  <tr>
                    <th scope="row">{toDay(date)}</th>
                    {series.map(({ values }) => (
                      <td>{values[day]?.toLocaleString("en")}</td>
                    ))}
                  </tr>
                ))
                .reverse()}
            </tbody>
          </table>
        </details>
      )}
    </figure>
  );
}

/** The least of 2, 4, 10, 20, 40, 100 … that is not below: its half is a whole number. */
export function niceTop(value: number): number {
  for (let power = 1; ; power *= 10) {
    for (const factor of [2, 4, 10]) if (factor * power >= value) return factor * power;
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { writeFileAtomically } from "../src/core/atomic-file.ts";
import { Rng } from "../src/core/rng.ts";

/*
 * Draws the prompts that no world has seen into worlds/prompts: npm run draw:prompts
 * All three are our own: a child's drawing, a landscape as a camera might see it, and the look of another game.
 */

const SIZE = 192;
const folder = fileURLToPath(new URL("../worlds/prompts/", import.meta.url));

await write("crayon", crayon(new Rng("crayon")));
await write("photo", photo(new Rng("photo")), { blur: 0.9, grain: 9 });
await write("other-game", otherGame());

type Finish = { readonly blur?: number; readonly grain?: number };

/** `grain`: standard deviation of the noise of the camera, in grey levels. */
async function write(name: string, body: string, { blur, grain = 0 }: Finish = {}): Promise<void> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}" viewBox="0 0 64 64">${body}</svg>`;
  let picture = sharp(Buffer.from(svg)).removeAlpha();
  if (blur !== undefined) picture = picture.blur(blur);
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  const rng = new Rng(`${name} grain`);
  const grainy = grain === 0 ? data : Uint8ClampedArray.from(data, (value) => value + grain * rng.normal());
  const { width, height, channels } = info;
  const png = sharp(grainy, { raw: { width, height, channels } }).png({ palette: true, colours: 128, effort: 10 });
  await writeFileAtomically(join(folder, `${name}.png`), await png.toBuffer());
  console.log(join(folder, `${name}.png`));
}

/** Strokes that waver, with gaps between them, on paper. */
function crayon(rng: Rng): string {
  const jitter = (size: number) => (rng.uniform() - 0.5) * size;
  const scribble = (x: number, y: number, width: number, height: number, colour: string) => {
    const rows = Math.round(height / 1.3);
    const points = Array.from({ length: rows * 2 }, (_, i) => {
      const side = Math.floor((i + 1) / 2) % 2 === 0 ? x : x + width;
      return `${(side + jitter(1.6)).toFixed(1)},${(y + (i / (rows * 2)) * height + jitter(0.8)).toFixed(1)}`;
    });
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="1.1" stroke-linecap="round" opacity="0.85"/>`;
  };
  const line = (points: string, colour: string, width = 1.2) =>
    `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
  return [
    `<rect width="64" height="64" fill="#f6f1e3"/>`,
    scribble(0, 1, 64, 11, "#8fc3ea"),
    `<circle cx="55" cy="9" r="5" fill="none" stroke="#f2b632" stroke-width="1.6"/>`,
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => {
      const [c, s] = [Math.cos((i * Math.PI) / 4), Math.sin((i * Math.PI) / 4)];
      return line(`${55 + 6.5 * c},${9 + 6.5 * s} ${55 + 9 * c},${9 + 9 * s}`, "#f2b632");
    }),
    scribble(0, 48, 64, 4, "#58a944"),
    scribble(0, 52, 64, 11, "#9a6a3c"),
    scribble(38, 38, 8, 9, "#a0602c"),
    line("34,38 42,30 50,38 34,38", "#c8452f", 1.6),
    // The hero: a head, a body, two arms and two legs.
    `<circle cx="20" cy="34" r="3.4" fill="#f4cda3" stroke="#4a3326" stroke-width="0.9"/>`,
    line("20,37.4 20,43", "#2f62c9", 2.2),
    line("15,41 20,39 25,37", "#2f62c9"),
    line("20,43 17,48", "#4a3326"),
    line("20,43 23.5,48", "#4a3326"),
    `<circle cx="18.8" cy="33.4" r="0.6" fill="#222"/><circle cx="21.4" cy="33.4" r="0.6" fill="#222"/>`,
    `<circle cx="57" cy="42" r="3" fill="#f7d23e" stroke="#b98b12" stroke-width="0.9"/>`,
  ].join("");
}

/** Hills in haze behind a path with a stone and a hiker, lit from one side. */
function photo(rng: Rng): string {
  const ridge = (base: number, height: number, colour: string) => {
    const points = Array.from({ length: 17 }, (_, i) => {
      const y = base - height * (0.5 + 0.5 * Math.sin(i * 0.7 + base)) + (rng.uniform() - 0.5) * 2;
      return `${i * 4},${y.toFixed(1)}`;
    });
    return `<polygon points="0,64 ${points.join(" ")} 64,64" fill="${colour}"/>`;
  };
  const grass = Array.from({ length: 260 }, () => {
    const [x, y] = [rng.uniform() * 64, 47 + rng.uniform() * 17];
    const light = Math.round(70 + rng.uniform() * 60);
    return `<line x1="${x}" y1="${y}" x2="${x + rng.uniform() - 0.5}" y2="${y - 1.5}" stroke="rgb(${light},${light + 25},48)" stroke-width="0.4"/>`;
  });
  return [
    `<defs><linearGradient id="sky" x2="0" y2="1"><stop offset="0" stop-color="#6d9cc9"/><stop offset="0.8" stop-color="#e9dcc6"/></linearGradient>`,
    `<linearGradient id="ground" x2="0" y2="1"><stop offset="0" stop-color="#77843f"/><stop offset="1" stop-color="#3e4522"/></linearGradient>`,
    `<radialGradient id="stone" cx="0.35" cy="0.3"><stop offset="0" stop-color="#c9c2b6"/><stop offset="1" stop-color="#5b554d"/></radialGradient></defs>`,
    `<rect width="64" height="64" fill="url(#sky)"/>`,
    ridge(34, 12, "#9fb0bd"),
    ridge(40, 9, "#7b8f86"),
    ridge(45, 6, "#5f7350"),
    `<rect y="46" width="64" height="18" fill="url(#ground)"/>`,
    ...grass,
    `<ellipse cx="46" cy="45.5" rx="6" ry="4.5" fill="url(#stone)"/>`,
    `<ellipse cx="46" cy="49.6" rx="7" ry="1" fill="#2c3018" opacity="0.6"/>`,
    `<ellipse cx="21.5" cy="49" rx="4" ry="0.8" fill="#2c3018" opacity="0.6"/>`,
    `<rect x="19.4" y="38.5" width="4" height="6" rx="1.2" fill="#8d3a32"/><rect x="19.7" y="44" width="1.5" height="5" fill="#33384a"/>`,
    `<rect x="21.8" y="44" width="1.5" height="5" fill="#2a2e3e"/><circle cx="21.4" cy="36.7" r="1.8" fill="#d9a984"/>`,
    `<rect x="17.8" y="39" width="1.9" height="4" rx="0.8" fill="#3e5a3c"/>`,
  ].join("");
}

/** Flat blocks, a dark sky and another hero: a game that is not ours to be found in any of our data. */
function otherGame(): string {
  const block = (x: number, y: number, colour: string, edge: string) =>
    `<rect x="${x}" y="${y}" width="8" height="8" fill="${colour}"/><path d="M${x} ${y + 8}v-8h8" fill="none" stroke="${edge}" stroke-width="1"/>`;
  const row = (y: number, columns: readonly number[]) =>
    columns.map((column) => block(column * 8, y, "#3b4fa0", "#7d92ea"));
  const stars = Array.from(
    { length: 24 },
    (_, i) =>
      `<rect x="${(i * i * 13 + i * 5) % 64}" y="${(i * i * 7 + i * 3) % 40}" width="1" height="1" fill="#b9c4ff"/>`,
  );
  return [
    `<rect width="64" height="64" fill="#151033"/>`,
    ...stars,
    `<rect y="36" width="64" height="14" fill="#2a1d55"/>`,
    ...row(56, [0, 1, 2, 3, 4, 6, 7]),
    ...row(48, [0, 1, 2, 6, 7]),
    ...row(32, [4, 5]),
    `<rect x="17" y="38" width="6" height="6" fill="#38d2c0"/><rect x="16" y="36" width="8" height="3" fill="#e84f8a"/>`,
    `<rect x="17" y="44" width="2" height="4" fill="#e84f8a"/><rect x="21" y="44" width="2" height="4" fill="#e84f8a"/>`,
    `<rect x="21" y="39" width="1" height="2" fill="#151033"/>`,
    `<polygon points="56,40 59,44 56,48 53,44" fill="#ffd84a"/>`,
  ].join("");
}

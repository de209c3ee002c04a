import { ClosedError, ResetNeededError, ShapeError } from "../core/errors.ts";
import type { HostTensors } from "../core/host-tensor.ts";
import { int32 } from "../core/host-tensor.ts";
import type { Frames, WorldHeads, WorldModel, WorldSession, WorldStep } from "../model/world-model.ts";

/** Cells that a latent action moves the dot by. */
export type Move = readonly [dx: number, dy: number];

/** What may be changed about a fake world. */
export type FakeWorldOptions = {
  /** Cells per side, and pixels: a cell is one pixel and one token. */
  readonly size?: number;
  /** What each latent action does. */
  readonly moves?: readonly Move[];
  /** How likely a step makes some other move instead, in [0, 1]. */
  readonly noise?: number;
  /** Cells that episodes start from where nobody gives an image. */
  readonly starts?: readonly number[];
  /** What its steps pay and which end the task. */
  readonly heads?: WorldHeads;
};

const MOVES: readonly Move[] = [
  [0, 0],
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
];
const MOVE_NAMES = ["stay", "right", "left", "down", "up"] as const;
const DOT = [255, 240, 80] as const;
const FLOOR = [16, 24, 48] as const;

/**
 * A world without a model: a bright dot on a grid, moved by the action and now and then by chance, that wraps around the
 * edges. A frame's tokens are 1 where the dot is and 0 elsewhere, so that tests can read where a row stands.
 */
export class FakeWorldModel implements WorldModel {
  readonly name = "fake";
  /** Known for the built-in moves only. */
  readonly actionNames?: readonly string[];
  readonly vocabularySize = 2;
  readonly uniformsPerStep = 2;
  readonly fps = 10;
  readonly size: number;
  readonly moves: readonly Move[];
  readonly noise: number;
  readonly prompts?: readonly Frames[];
  readonly heads?: WorldHeads;
  readonly #sessions: FakeWorldSession[] = [];

  constructor({ size = 8, moves = MOVES, noise = 0.1, starts, heads }: FakeWorldOptions = {}) {
    this.size = size;
    this.moves = moves;
    if (moves === MOVES) this.actionNames = MOVE_NAMES;
    this.noise = noise;
    if (heads) this.heads = heads;
    if (starts) this.prompts = starts.map((cell) => this.prompt(cell));
  }

  get numActions(): number {
    return this.moves.length;
  }

  get frameShape(): readonly [height: number, width: number, channels: 3] {
    return [this.size, this.size, 3];
  }

  get tokensPerFrame(): number {
    return this.size ** 2;
  }

  /** The sessions that were opened and not yet closed. */
  get openSessions(): number {
    return this.#sessions.filter((session) => !session.closed).length;
  }

  /** A prompt with the dot on `cell`, counted row by row. */
  prompt(cell: number): Frames {
    return { data: drawDot(this.size, cell), count: 1, height: this.size, width: this.size };
  }

  async open(numEnvs: number): Promise<FakeWorldSession> {
    const session = new FakeWorldSession(this, numEnvs);
    this.#sessions.push(session);
    return session;
  }

  close(): void {
    for (const session of this.#sessions) session.close();
  }
}

/** Rows of a fake world; `cells` says where each row's dot is. */
export class FakeWorldSession implements WorldSession {
  readonly numEnvs: number;
  /** The dot's cell of every row, -1 before its reset, int32 [B]. */
  readonly cells: Int32Array;
  readonly #world: FakeWorldModel;
  #closed = false;

  constructor(world: FakeWorldModel, numEnvs: number) {
    this.#world = world;
    this.numEnvs = numEnvs;
    this.cells = new Int32Array(numEnvs).fill(-1);
  }

  get closed(): boolean {
    return this.#closed;
  }

  async reset(rows: readonly number[], prompts: readonly Frames[]): Promise<void> {
    this.#expectOpen();
    const starts = prompts.map((prompt) => brightestCell(prompt, this.#world.size));
    for (const [i, row] of rows.entries()) this.cells[row] = starts[i] ?? 0;
  }

  async step(actions: Int32Array, uniforms: Float32Array): Promise<WorldStep> {
    this.#expectOpen();
    if (this.cells.includes(-1)) throw new ResetNeededError("FakeWorldSession.step: a row was never reset");
    const { noise, moves, uniformsPerStep } = this.#world;
    const confidence = new Float32Array(this.numEnvs);
    for (const row of this.cells.keys()) {
      const [chance = 0, choice = 0] = uniforms.subarray(row * uniformsPerStep);
      const strays = chance < noise;
      this.#move(row, strays ? Math.floor(choice * moves.length) : Number(actions[row]));
      confidence[row] = strays ? noise : 1 - noise;
    }
    return { tokens: this.tokens(), confidence, entropy: confidence.map((p) => Math.log(1 / p)) };
  }

  tokens(): Int32Array {
    const { tokensPerFrame } = this.#world;
    const tokens = new Int32Array(this.numEnvs * tokensPerFrame);
    for (const [row, cell] of this.cells.entries()) tokens[row * tokensPerFrame + cell] = 1;
    return tokens;
  }

  async decode(): Promise<Uint8Array> {
    this.#expectOpen();
    const frameBytes = this.#world.tokensPerFrame * 3;
    const pixels = new Uint8Array(this.numEnvs * frameBytes);
    for (const [row, cell] of this.cells.entries()) pixels.set(drawDot(this.#world.size, cell), row * frameBytes);
    return pixels;
  }

  async getState(row: number): Promise<HostTensors> {
    return { cell: int32(this.cells.slice(row, row + 1), [1]) };
  }

  async getStates(rows: readonly number[]): Promise<HostTensors[]> {
    return Promise.all(rows.map((row) => this.getState(row)));
  }

  async expectState({ cell }: HostTensors, where: string): Promise<void> {
    const [place = -1] = cell?.data ?? [];
    if (Number.isInteger(place) && place >= 0 && place < this.#world.tokensPerFrame) return;
    throw new ShapeError(`${where}: cell must be in [0, ${this.#world.tokensPerFrame}), got ${place}`);
  }

  async setState(row: number, state: HostTensors): Promise<void> {
    await this.expectState(state, "setState");
    this.cells[row] = state["cell"]?.data[0] ?? -1;
  }

  async setStates(rows: readonly number[], states: readonly HostTensors[]): Promise<void> {
    for (const state of states) await this.expectState(state, "setState");
    for (const [i, row] of rows.entries()) await this.setState(row, states[i] ?? {});
  }

  close(): void {
    this.#closed = true;
  }

  #move(row: number, action: number): void {
    const { size, moves } = this.#world;
    const [dx, dy] = moves[action] ?? [0, 0];
    const cell = Number(this.cells[row]);
    const x = ((cell % size) + dx + size) % size;
    const y = (Math.floor(cell / size) + dy + size) % size;
    this.cells[row] = y * size + x;
  }

  #expectOpen(): void {
    if (this.#closed) throw new ClosedError("FakeWorldSession: the session is closed");
  }
}

function drawDot(size: number, cell: number): Uint8Array {
  const pixels = Array.from({ length: size ** 2 }, (_, i) => (i === cell ? DOT : FLOOR));
  return Uint8Array.from(pixels.flat());
}

/** Where the last frame of a prompt is brightest: any picture is a prompt. */
function brightestCell(prompt: Frames, size: number): number {
  if (prompt.height !== size || prompt.width !== size) {
    throw new ShapeError(
      `FakeWorldSession.reset: prompts must be ${size}x${size}, got ${prompt.width}x${prompt.height}`,
    );
  }
  const pixels = prompt.data.subarray((prompt.count - 1) * size * size * 3);
  const brightness = Array.from({ length: size ** 2 }, (_, i) =>
    pixels.subarray(i * 3, i * 3 + 3).reduce((a, b) => a + b, 0),
  );
  return brightness.indexOf(Math.max(...brightness));
}

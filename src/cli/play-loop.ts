import { Rng } from "../core/rng.ts";
import type { WorldModel, WorldStep } from "../model/world-model.ts";

/** What a step gives back: the frames that it leads to, their tokens alone, or nothing before it is asked for. */
export type StepOutput = "pixels" | "tokens";

/** Environments of a world that start from noise and take random actions: for measuring. */
export type PlayLoop = { readonly step: () => Promise<WorldStep>; readonly close: () => void };

/** Opens `numEnvs` rows, the same ones each time, and resets them. */
export async function startPlay(world: WorldModel, numEnvs: number, output: StepOutput = "pixels"): Promise<PlayLoop> {
  const rng = new Rng("play loop");
  const session = await world.open(numEnvs);
  const rows = Array.from({ length: numEnvs }, (_, row) => row);
  const [height, width] = world.frameShape;
  const data = Uint8Array.from({ length: height * width * 3 }, () => rng.integer(256));
  const prompt = { data, count: 1, height, width };
  await session.reset(
    rows,
    rows.map(() => prompt),
  );
  const step = async (): Promise<WorldStep> => {
    const actions = Int32Array.from(rows, () => rng.integer(world.numActions));
    const predicted = await session.step(actions, rng.uniforms(numEnvs * world.uniformsPerStep));
    if (output === "pixels") await session.decode();
    return predicted;
  };
  return { step, close: () => session.close() };
}

import { Rng } from "../core/rng.ts";
import type { FramePlan, Look, WorldModel, WorldStep } from "../model/world-model.ts";

/** What a step gives back: the frames that it leads to, or their tokens alone. */
export type StepOutput = "pixels" | "tokens";

/** Environments of a world that start from noise and take random actions: for measuring. */
export type PlayLoop = {
  readonly step: () => Promise<WorldStep>;
  /** So many steps of which only the last one's tokens are read. */
  readonly dream: (frames: number) => Promise<unknown>;
  readonly close: () => void;
};

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
  const draw = (look: Look): FramePlan => ({
    actions: Int32Array.from(rows, () => rng.integer(world.numActions)),
    uniforms: rng.uniforms(numEnvs * world.uniformsPerStep),
    look,
  });
  const step = async (): Promise<WorldStep> => {
    const frame = draw({ tokens: true, confidence: true, pixels: output === "pixels" });
    const [seen] = (await session.play?.([frame])) ?? [];
    const { tokens, confidence, entropy } = seen ?? {};
    if (tokens && confidence && entropy) return { tokens, confidence, entropy };
    const predicted = await session.step(frame.actions, frame.uniforms);
    if (output === "pixels") await session.decode();
    return predicted;
  };
  const dream = async (frames: number): Promise<unknown> => {
    const plan = Array.from({ length: frames }, (_, frame) => draw(frame === frames - 1 ? { tokens: true } : {}));
    if (session.play) return session.play(plan);
    for (const { actions, uniforms } of plan) await session.step(actions, uniforms);
    return session.tokens();
  };
  return { step, dream, close: () => session.close() };
}

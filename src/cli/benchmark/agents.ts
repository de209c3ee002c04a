import { basename, resolve } from "node:path";
import { agentFactory, type NamedAgent } from "../../agents/benchmark/agent.ts";
import { BehavioralCloning } from "../../agents/behavioral-cloning.ts";
import { constantAgent, ppoAgent, randomAgent, savedPPO } from "../../agents/benchmark/built-in.ts";
import { bcAgent, clonePlayer } from "../../agents/benchmark/clone.ts";
import { readCheckpoint } from "../../agents/ppo-checkpoint.ts";
import { onnxEngine } from "../../compute/onnx-engine.ts";
import { ConfigError } from "../../core/errors.ts";
import { scriptedAgent } from "../../games/scripted.ts";
import { importExport, isModulePath } from "../import-module.ts";

/** The agents that need no module. */
export const AGENTS = ["random", "constant", "scripted", "bc", "ppo"] as const;

/** What comes before the folder of an agent that `BehavioralCloning.save` or `PPO.save` wrote. */
const [CLONE, LEARNT] = ["bc:", "ppo:"] as const;

/** What the report calls the agent that a text names. */
export function agentName(text: string): string {
  if (text.startsWith(CLONE)) return `bc-${basename(text)}`;
  if (text.startsWith(LEARNT)) return `ppo-${basename(text)}`;
  if (!isModulePath(text)) return text;
  const [file = "", name] = basename(text).split("#");
  return name ?? file.replace(/\.[cm]?[jt]s$/, "");
}

/**
 * The agent that a text names: one of `AGENTS`, `bc:FOLDER`, `ppo:FOLDER`, or a module, and behind # its export.
 * @throws ConfigError for an unknown name, or a module that makes no agent; CheckpointError for a folder without one.
 */
export async function findAgent(text: string, task: string): Promise<NamedAgent> {
  if (isModulePath(text)) {
    return {
      name: agentName(text),
      create: agentFactory(await importExport(text, "--agents", "make the agent"), `--agents ${text}`),
    };
  }
  if (text.startsWith(CLONE)) {
    const folder = resolve(text.slice(CLONE.length));
    await (await loadClone(folder)).close();
    return {
      name: agentName(text),
      create: async (context) => clonePlayer(await loadClone(folder), context),
    };
  }
  if (text.startsWith(LEARNT)) {
    const folder = resolve(text.slice(LEARNT.length));
    await readCheckpoint(folder);
    return { ...savedPPO(folder), name: agentName(text) };
  }
  switch (text) {
    case "random":
      return randomAgent;
    case "constant":
      return constantAgent;
    case "scripted":
      return { name: "scripted", create: () => scriptedAgent(task.split(":")[0] ?? task) };
    case "bc":
      return bcAgent();
    case "ppo":
      return ppoAgent();
    default:
      throw new ConfigError(
        `--agents: must be ${AGENTS.join(", ")}, bc:FOLDER, ppo:FOLDER or a module such as ./my-agent.ts, got ${text}`,
      );
  }
}

function loadClone(folder: string): Promise<BehavioralCloning> {
  return BehavioralCloning.load(folder, { engine: onnxEngine({ threads: 1 }) });
}

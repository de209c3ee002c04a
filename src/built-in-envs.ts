/** Imported for its effect: registers the environments that come with this package, and each bundled world. */
import { registerWorld } from "./env/register-world.ts";
import "./games/index.ts";
import { bundledWorlds } from "./model/find-world.ts";

for (const name of bundledWorlds()) registerWorld(name);

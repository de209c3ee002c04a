export { PROTOCOL, serveEnvs } from "./server.ts";
export type { EnvServer, ServeOptions } from "./server.ts";
export type { EnvMaker } from "./session.ts";

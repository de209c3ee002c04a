/** A wrapper's constructor options, as plain data. */
export type WrapperOptions = Readonly<Record<string, unknown>>;

/** One wrapper of a stack as data; `options` is null where the wrapper did not record them. */
export type WrapperSpec = { readonly name: string; readonly options: WrapperOptions | null };

/** How `make` builds an environment, as data. */
export type EnvSpec = {
  /** `namespace/Name-v0`; namespace and version may be missing. */
  readonly id: string;
  readonly rewardThreshold: number | null;
  readonly nondeterministic: boolean;
  /** Steps after which `TimeLimit` truncates; null for no limit. */
  readonly maxEpisodeSteps: number | null;
  readonly orderEnforce: boolean;
  readonly disableEnvChecker: boolean;
  /** What the environment was built with. */
  readonly options: Readonly<Record<string, unknown>>;
  /** From the inside out, after the standard ones. */
  readonly additionalWrappers: readonly WrapperSpec[];
};

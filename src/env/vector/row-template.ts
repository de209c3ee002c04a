import { ConfigError } from "../../core/errors.ts";
import { shorten } from "../describe.ts";
import type { EnvMetadata, RenderMode } from "../env.ts";
import { spaceFromJSON } from "../spaces/space-from-json.ts";
import type { BatchOf } from "../spaces/rows.ts";
import type { Space } from "../spaces/space.ts";
import { batchDiffering } from "./batch.ts";

/** What the environments of all rows have in common. */
export type RowTemplate<Obs, Act> = {
  readonly observationSpace: Space<Obs>;
  readonly actionSpace: Space<Act>;
  readonly metadata: EnvMetadata;
  readonly renderMode: RenderMode;
  /** The space of all rows' observations, where it is not just that of one row many times. */
  readonly batchedObservationSpace?: Space<BatchOf<Obs>> | undefined;
};

/** Whether all observation spaces must be equal, or only their dtypes and shapes. */
export type ObservationMode = "same" | "different";

/**
 * What environments have in common.
 * @throws ConfigError when there is none, or their spaces differ by more than `mode` allows.
 */
export function commonTemplate<Obs, Act>(
  envs: readonly RowTemplate<Obs, Act>[],
  mode: ObservationMode,
): RowTemplate<Obs, Act> {
  const [first] = envs;
  if (first === undefined) throw new ConfigError("vector environment: at least one environment is needed, got none");
  const expected = spacesOf(first);
  for (const [row, env] of envs.entries()) expectSameSpaces(expected, spacesOf(env), row, mode);
  const { observationSpace, actionSpace, metadata, renderMode } = first;
  const batchedObservationSpace = mode === "same" ? undefined : batchDiffering(envs.map((env) => env.observationSpace));
  return { observationSpace, actionSpace, metadata, renderMode, batchedObservationSpace };
}

/** The spaces of a row, as JSON text. */
export type SpacesText = { readonly observationSpace: string; readonly actionSpace: string };

/** Spaces as text, to be compared. */
export function spacesOf({
  observationSpace,
  actionSpace,
}: Pick<RowTemplate<unknown, unknown>, keyof SpacesText>): SpacesText {
  return { observationSpace: JSON.stringify(observationSpace), actionSpace: JSON.stringify(actionSpace) };
}

/** The template of rows whose spaces came as text; `template` is that of the first. @throws ConfigError as `commonTemplate`. */
export function templateOfTexts(
  template: RowTemplate<unknown, unknown>,
  spaces: readonly SpacesText[],
  mode: ObservationMode,
): RowTemplate<unknown, unknown> {
  const expected = spacesOf(template);
  for (const [row, text] of spaces.entries()) expectSameSpaces(expected, text, row, mode);
  if (mode === "same") return template;
  const batchedObservationSpace = batchDiffering(
    spaces.map(({ observationSpace }) => spaceFromJSON(JSON.parse(observationSpace))),
  );
  return { ...template, batchedObservationSpace };
}

function expectSameSpaces(expected: SpacesText, got: SpacesText, row: number, mode: ObservationMode): void {
  for (const name of mode === "same" ? (["observationSpace", "actionSpace"] as const) : (["actionSpace"] as const)) {
    if (expected[name] === got[name]) continue;
    const [rule, but] = [shorten(expected[name]), shorten(got[name])];
    const remedy = name === "actionSpace" ? "" : ' - observationMode "different" takes other ranges';
    throw new ConfigError(
      `vector environment: every ${name} must be ${rule}, got ${but} in environment ${row}${remedy}`,
    );
  }
}

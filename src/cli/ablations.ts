import { z } from "zod";

/** The paper's ablations: what each variant changes, and what the paper found. */
export const ABLATIONS = {
  tokenizer: {
    title: "Tokenizer (the paper's table 3)",
    stage: "tokenizer",
    variants: {
      vit: "genie.tokenizer.architecture=vit",
      "c-vivit": "genie.tokenizer.architecture=c-vivit",
      "st-vivit": "genie.tokenizer.architecture=st-vivit",
    },
  },
  "lam-input": {
    title: "Input of the latent action model (the paper's table 2)",
    stage: "dynamics",
    variants: { tokens: "genie.actions.input=tokens", pixels: "genie.actions.input=pixels" },
  },
  actions: {
    title: "How actions enter the dynamics (told in the paper's section 2, without a table)",
    stage: "dynamics",
    variants: { prepend: "genie.dynamics.actions=prepend", add: "genie.dynamics.actions=add" },
  },
} as const satisfies Record<string, Ablation>;

type Ablation = {
  readonly title: string;
  /** The stage that the change belongs to: its time and memory are told. */
  readonly stage: "tokenizer" | "dynamics";
  /** What is set on top of the preset. */
  readonly variants: Readonly<Record<string, string>>;
};

export type AblationName = keyof typeof ABLATIONS;
export const ABLATION_NAMES = ["tokenizer", "lam-input", "actions"] as const satisfies readonly AblationName[];

/** What a stage of training cost: updates, seconds, and the most memory that the process had held by its end. */
export const StageCost = z.object({ steps: z.number(), seconds: z.number(), peakBytes: z.number() });

/** A variant, trained and measured; `report` is what `genie-env eval --json` prints. */
export const AblationResult = z.object({
  variant: z.string(),
  parameters: z.object({ tokenizer: z.number(), actions: z.number(), dynamics: z.number() }),
  costs: z.record(z.string(), StageCost),
  report: z.looseObject({
    tokenizer: z.looseObject({ psnr: z.number(), ssim: z.number() }),
    rollout: z.looseObject({ psnr: z.number(), ssim: z.number(), psnr4: z.number() }),
    control: z.looseObject({ deltaPsnr4: z.number(), ci95: z.tuple([z.number(), z.number()]) }),
    actions: z.looseObject({ effectAccuracy: z.number().nullable() }),
    fvd: z.looseObject({ value: z.number() }).nullable(),
  }),
});
export type AblationResult = z.infer<typeof AblationResult>;

type Column = readonly [title: string, cell: (result: AblationResult) => string];
const FVD: Column = ["FVD", ({ report }) => report.fvd?.value.toFixed(1) ?? "unknown"];

/** As in the paper: of what varies where that is the tokenizer, else of the whole. */
const TOKENIZER_PARAMETERS: Column = ["parameters, tokenizer", ({ parameters }) => millions(parameters.tokenizer)];
const PARAMETERS: Column = [
  "parameters",
  ({ parameters }) => millions(parameters.tokenizer + parameters.actions + parameters.dynamics),
];

/** The table of an ablation as Markdown lines. */
export function ablationTable(name: AblationName, results: readonly AblationResult[]): string[] {
  const { stage } = ABLATIONS[name];
  const hasFvd = results.some(({ report }) => report.fvd !== null);
  const columns: readonly Column[] = [
    ["variant", ({ variant }) => variant],
    stage === "tokenizer" ? TOKENIZER_PARAMETERS : PARAMETERS,
    [`memory, ${stage}`, ({ costs }) => gigabytes(costs[stage]?.peakBytes)],
    [`time, ${stage}`, ({ costs }) => minutes(costs[stage]?.seconds)],
    ["tokenizer PSNR, SSIM", ({ report }) => quality(report.tokenizer)],
    ["roll-out PSNR, SSIM", ({ report }) => quality(report.rollout)],
    ["four frames", ({ report }) => report.rollout.psnr4.toFixed(2)],
    ["ΔPSNR [95 %]", ({ report: { control } }) => interval(control.deltaPsnr4, control.ci95)],
    ["effect accuracy", ({ report }) => report.actions.effectAccuracy?.toFixed(3) ?? "unknown"],
    ...(hasFvd ? [FVD] : []),
  ];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(([title]) => title)),
    line(columns.map((_, i) => (i === 0 ? "---" : "--:"))),
    ...results.map((result) => line(columns.map(([, cell]) => cell(result)))),
  ];
}

function quality({ psnr, ssim }: { readonly psnr: number; readonly ssim: number }): string {
  return `${psnr.toFixed(2)}, ${ssim.toFixed(3)}`;
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(2)}M`;
}

function gigabytes(bytes: number | undefined): string {
  return bytes === undefined ? "unknown" : `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}

function minutes(seconds: number | undefined): string {
  return seconds === undefined ? "unknown" : `${(seconds / 60).toFixed(1)} min`;
}

function interval(value: number, bounds: readonly [number, number]): string {
  return `${value.toFixed(2)} [${bounds.map((bound) => bound.toFixed(2)).join(", ")}]`;
}

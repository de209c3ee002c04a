import { z } from "zod";

const Sizes = z.array(
  z.object({
    numBlocks: z.number(),
    modelDim: z.number(),
    genieMs: z.number(),
    torchMs: z.number(),
    ratio: z.number(),
    genieLoss: z.number(),
    torchLoss: z.number(),
    torchVersion: z.string(),
    threads: z.number(),
  }),
);

/** A header, and a row for each size of the transformer. */
export function trainRows(result: unknown): string[][] {
  const sizes = Sizes.parse(result);
  const [first] = sizes;
  const torch = `PyTorch ${first?.torchVersion.split("+")[0] ?? ""}`;
  return [
    [
      `a training step on ${first?.threads ?? 0} threads`,
      "ms",
      `${torch}, ms`,
      "ratio",
      "loss at the end",
      "PyTorch's",
    ],
    ...sizes.map(({ numBlocks, modelDim, genieMs, torchMs, ratio, genieLoss, torchLoss }) => [
      `${numBlocks} blocks of width ${modelDim}`,
      genieMs.toFixed(0),
      torchMs.toFixed(0),
      ratio.toFixed(2),
      genieLoss.toFixed(4),
      torchLoss.toFixed(4),
    ]),
  ];
}

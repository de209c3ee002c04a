/** Ways from latent to real actions that the experiment compares; a file of its own, as the command line lists them. */
export const MAPS = ["dictionary", "decoder", "translation", "clusters"] as const;

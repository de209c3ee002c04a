/** Every error this package throws on purpose. Messages read `where: rule, got value - remedy`. */
export class GenieError extends Error {
  override readonly name: string = "GenieError";
}

/** An option, a command-line flag or a configuration file breaks a rule. */
export class ConfigError extends GenieError {
  override readonly name = "ConfigError";
}

/** An array or tensor does not have the shape, dtype or range that is asked for. */
export class ShapeError extends GenieError {
  override readonly name = "ShapeError";
}

/** A checkpoint or a world on disk is missing, damaged, hostile or of another version. */
export class CheckpointError extends GenieError {
  override readonly name = "CheckpointError";
}

/** A video or an image cannot be read, or holds nothing to learn from. */
export class DataError extends GenieError {
  override readonly name = "DataError";
}

/** The chosen backend or engine is not installed or cannot run here. */
export class BackendError extends GenieError {
  override readonly name = "BackendError";
}

/** The compiler met an op it cannot lower, or a value that is not known while tracing. */
export class CompileError extends GenieError {
  override readonly name = "CompileError";
}

/** `step` or `render` was called before `reset`, or after the episode's end. */
export class ResetNeededError extends GenieError {
  override readonly name = "ResetNeededError";
}

/** An action lies outside the action space; the environment's state did not change. */
export class InvalidActionError extends GenieError {
  override readonly name = "InvalidActionError";
}

/** The environment, engine or file was used after it was closed. */
export class ClosedError extends GenieError {
  override readonly name = "ClosedError";
}

/** A call was made while one that was begun (`stepAsync`) has not been waited for; nothing has changed. */
export class AlreadyPendingCallError extends GenieError {
  override readonly name = "AlreadyPendingCallError";
}

/** A call was waited for (`stepWait`) that was never begun. */
export class NoAsyncCallError extends GenieError {
  override readonly name = "NoAsyncCallError";
}

/** An environment in a worker thread threw (its error is `cause`), or the thread is dead. */
export class WorkerError extends GenieError {
  override readonly name = "WorkerError";
  /** The row of the environment that threw; null when the thread failed. */
  readonly row: number | null;

  constructor(message: string, { row = null, cause }: { readonly row?: number | null; readonly cause?: unknown } = {}) {
    super(message, { cause });
    this.row = row;
  }
}

/** No environment of this id is registered; the subclasses say which part of the id is unknown. */
export class UnregisteredEnvError extends GenieError {
  override readonly name: string = "UnregisteredEnvError";
}

/** No environment is registered in this namespace. */
export class NamespaceNotFoundError extends UnregisteredEnvError {
  override readonly name = "NamespaceNotFoundError";
}

/** The namespace has no environment of this name. */
export class NameNotFoundError extends UnregisteredEnvError {
  override readonly name = "NameNotFoundError";
}

/** The environment has no such version, and never had. */
export class VersionNotFoundError extends UnregisteredEnvError {
  override readonly name = "VersionNotFoundError";
}

/** A version that newer ones have replaced. */
export class DeprecatedEnvError extends GenieError {
  override readonly name = "DeprecatedEnvError";
}

/** A name is malformed, taken or in conflict with one that is registered, or nobody registered it. */
export class RegistrationError extends GenieError {
  override readonly name = "RegistrationError";
}

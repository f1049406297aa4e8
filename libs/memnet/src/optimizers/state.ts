/** What an optimizer remembers from step to step. */

export interface OptimizerState {
  /** Moving averages by name (`v`; Adam also `m`, RMSprop with momentum also `b`), each as long as the parameters. */
  readonly slots: Readonly<Record<string, Float32Array>>;
  /** Adam's β₁ᵗ and β₂ᵗ, by repeated multiplication in float64; empty for RMSprop. */
  readonly powers: Float64Array;
}

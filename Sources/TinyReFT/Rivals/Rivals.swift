/// The methods that the paper compares ReFT with, and their kin: the only place that names them all.
public enum Rivals {
  public static let all: [any Rival.Type] = [
    LoRA.self,
    DoRA.self,
    SeriesAdapter.self,
    ParallelAdapter.self,
    RED.self,
    PrefixTuning.self, SoftPrompts.self, PTuning.self,
    WeightTuning<NormGains>.self, WeightTuning<LastBlock>.self, WeightTuning<AllWeights>.self,
  ]
}

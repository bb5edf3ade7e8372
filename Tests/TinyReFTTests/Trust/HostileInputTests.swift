import Testing

/// Seeded mutation of every file that is read. What it holds of each input stands at
/// `HostileCampaign`; `Campaigns/inputs.sh` makes the campaign of hundreds of thousands.
///
/// There is no reader of pickles to attack: a `pytorch_model.bin` is refused unread.
@Suite("Hostile input (docs/80-trust.md)", .serialized)
struct HostileInputTests {
  private typealias R = HostileReader

  @Test func base() throws { try HostileCampaign.run(R.base, usual: 60) }

  @Test func shards() throws { try HostileCampaign.run(R.shards, usual: 60) }

  @Test func safetensors() throws { try HostileCampaign.run(R.safetensors, usual: 100) }

  @Test func tokenizer() throws { try HostileCampaign.run(R.tokenizer, usual: 60) }

  @Test func task() throws { try HostileCampaign.run(R.task, usual: 100) }

  @Test func interventions() throws { try HostileCampaign.run(R.interventions, usual: 100) }

  @Test(.enabled(if: !R.adapters.isEmpty))
  func adapter() throws { try HostileCampaign.run(R.adapter, usual: 100) }

  @Test func classifier() throws { try HostileCampaign.run(R.classifier, usual: 60) }

  @Test func checkpoint() throws { try HostileCampaign.run(R.checkpoint, usual: 60) }

  @Test func report() throws { try HostileCampaign.run(R.reports, usual: 100) }

  @Test func settings() throws { try HostileCampaign.run(R.settings, usual: 60) }
}
